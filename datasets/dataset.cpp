#include "datasets/dataset.h"

#include <utility>

#include "core/random.h"
#include "datasets/test_split.h"

namespace mpq::datasets {

namespace {

void require_consistent(const Images& part, std::int64_t count, const DatasetInfo& info) {
  require(part.count == count, "a part of a data set has another size than its facts say");
  require(part.channels == info.channels && part.height == info.height && part.width == info.width,
          "a data set's pictures have another shape than its facts say");
  require(static_cast<std::int64_t>(part.pixels.size()) == count * part.image_bytes() &&
              static_cast<std::int64_t>(part.labels.size()) == count,
          "a data set's memory does not fit its size");
}

}  // namespace

std::string to_string(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::calib:
      return "calib";
    case Split::search:
      return "search";
    case Split::holdout:
      return "holdout";
  }
  return "unknown";
}

Dataset::Dataset(DatasetInfo info, Images train_part, Images test_part)
    : info_(std::move(info)),
      train_(std::make_shared<const Images>(std::move(train_part))),
      test_(std::make_shared<const Images>(std::move(test_part))),
      order_(permutation(info_.train_count, RandomStream(0, "split:" + info_.name))) {
  require_consistent(*train_, info_.train_count, info_);
  require_consistent(*test_, info_.test_count, info_);
  require(2 * info_.search_count + info_.calib_count <= info_.train_count,
          "a data set is too small for its splits");
}

SplitView Dataset::split(Split which) const {
  // The permutation, from its start: search | holdout | train, and calib is where train begins.
  const std::int64_t train_begin = 2 * info_.search_count;
  std::int64_t begin = 0, end = 0;
  switch (which) {
    case Split::search:
      end = info_.search_count;
      break;
    case Split::holdout:
      begin = info_.search_count, end = train_begin;
      break;
    case Split::train:
      begin = train_begin, end = info_.train_count;
      break;
    case Split::calib:
      begin = train_begin, end = train_begin + info_.calib_count;
      break;
  }
  return {train_.get(), {order_.begin() + begin, order_.begin() + end}};
}

SplitView TestSplit::open(const Dataset& dataset) {
  SplitView view{dataset.test_.get(), {}};
  for (std::int32_t i = 0; i < dataset.test_->count; ++i) view.indices.push_back(i);
  return view;
}

}  // namespace mpq::datasets
