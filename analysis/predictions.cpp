#include "analysis/predictions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mpq::analysis {
namespace {

[[noreturn]] void throw_unsound(const std::string& what, const std::string& where) {
  throw_input(
      {what, where, "predictions as docs/results_format.md describes them", "evaluate this case again"});
}

template <class T>
std::vector<T> column(const results::StageRecord& record, const std::string& path,
                      std::vector<std::int64_t> shape, const std::string& where) {
  const auto found = record.arrays.find(path);
  if (found == record.arrays.end()) throw_unsound("no array " + path, where);
  const auto& array = found->second;
  if (array.dtype != dtype_of<T>() || array.shape != shape)
    throw_unsound("another type or shape in " + path, where);
  return array.as<T>();
}

std::int64_t image_count(const results::StageRecord& record, const std::string& path,
                         const std::string& where) {
  const auto found = record.arrays.find(path);
  if (found == record.arrays.end() || found->second.shape.size() != 1)
    throw_unsound("no array " + path, where);
  return found->second.shape[0];
}

template <class T>
std::vector<T> reordered(const std::vector<T>& values, const std::vector<std::size_t>& order) {
  std::vector<T> sorted;
  sorted.reserve(order.size());
  for (const auto i : order) sorted.push_back(values[i]);
  return sorted;
}

// Stages store images in loader order, which need not be the order of the indices.
void sort_by_image(Predictions& p, const std::string& where) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return p.image_index[a] < p.image_index[b]; });
  p = {reordered(p.image_index, order), reordered(p.label, order), reordered(p.top1, order),
       reordered(p.top5, order), reordered(p.entropy, order)};
  if (std::adjacent_find(p.image_index.begin(), p.image_index.end()) != p.image_index.end())
    throw_unsound("an image was evaluated twice", where);
}

}  // namespace

Predictions read_predictions(const results::StageRecord& record, const std::string& split,
                             const std::string& where) {
  const auto folder = "/predictions/" + split + "/";
  const auto n = image_count(record, folder + "image_index", where);
  if (n == 0) throw_unsound("no image was evaluated", where);
  Predictions p;
  p.image_index = column<std::int64_t>(record, folder + "image_index", {n}, where);
  p.label = column<std::int32_t>(record, folder + "label", {n}, where);
  const auto classes = column<std::int32_t>(record, folder + "top5", {n, 5}, where);
  const auto probability = column<float>(record, folder + "true_probability", {n}, where);
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto* five = &classes[5 * i];
    p.top1.push_back(five[0] == p.label[i]);
    p.top5.push_back(std::find(five, five + 5, p.label[i]) != five + 5);
    const auto likely = std::max(probability[i], std::numeric_limits<float>::min());
    p.entropy.push_back(-std::log(static_cast<double>(likely)));
  }
  sort_by_image(p, where);
  return p;
}

void require_same_images(const Predictions& a, const Predictions& b, const std::string& where) {
  if (a.image_index != b.image_index)
    throw_input({"two evaluations saw different images", where,
                 "the same images for every row of a comparison",
                 "evaluate both with the same data set and split"});
  if (a.label != b.label)
    throw_input({"two evaluations have different labels for the same images", where,
                 "the same labels for every row", "evaluate both with the same data files"});
}

}  // namespace mpq::analysis
