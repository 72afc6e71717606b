#include "datasets/dataset.h"

#include <utility>

#include "core/random.h"
#include "datasets/test_split.h"

namespace mpq::datasets {

namespace {

std::shared_ptr<const Images> checked(Images part, std::int64_t count, const DatasetInfo& info) {
  require(part.count == count, "a part of a data set has another size than its facts say");
  require(part.channels == info.channels && part.height == info.height && part.width == info.width,
          "a data set's pictures have another shape than its facts say");
  require(static_cast<std::int64_t>(part.pixels.size()) == count * part.image_bytes() &&
              static_cast<std::int64_t>(part.labels.size()) == count,
          "a data set's memory does not fit its size");
  return std::make_shared<const Images>(std::move(part));
}

// The permutation with the first of every class moved to its start, as many as search and then holdout take
// of each; the rest keeps its order.
std::vector<std::int32_t> balanced(const std::vector<std::int32_t>& order, const Source& part,
                                   const DatasetInfo& info) {
  const auto share = info.search_count / info.classes;
  require(share * info.classes == info.search_count, "balanced splits hold as many of every class");
  std::vector<std::int64_t> seen(static_cast<std::size_t>(info.classes), 0);
  std::vector<std::int32_t> search, holdout, rest;
  for (const auto index : order) {
    const auto number = seen[static_cast<std::size_t>(part.label(index))]++;
    (number < share ? search : number < 2 * share ? holdout : rest).push_back(index);
  }
  require(std::ssize(search) == info.search_count && std::ssize(holdout) == info.search_count,
          "a class is too small for its share of the splits");
  search.insert(search.end(), holdout.begin(), holdout.end());
  search.insert(search.end(), rest.begin(), rest.end());
  return search;
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

Dataset::Dataset(DatasetInfo info, std::shared_ptr<const Source> train_part,
                 std::shared_ptr<const Source> test_part)
    : info_(std::move(info)),
      train_(std::move(train_part)),
      test_(std::move(test_part)),
      order_(permutation(info_.train_count, RandomStream(0, "split:" + info_.name))) {
  require(train_->size() == info_.train_count && test_->size() == info_.test_count,
          "a part of a data set has another size than its facts say");
  require(2 * info_.search_count + info_.calib_count <= info_.train_count,
          "a data set is too small for its splits");
  if (info_.balanced_splits) order_ = balanced(order_, *train_, info_);
}

Dataset::Dataset(DatasetInfo info, Images train_part, Images test_part)
    : Dataset(info, checked(std::move(train_part), info.train_count, info),
              checked(std::move(test_part), info.test_count, info)) {}

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
  for (std::int32_t i = 0; i < dataset.test_->size(); ++i) view.indices.push_back(i);
  return view;
}

}  // namespace mpq::datasets
