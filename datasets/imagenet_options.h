#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "datasets/photographs.h"

namespace mpq::datasets {

constexpr int kImageNetClasses = 1000;
constexpr std::int64_t kImageNetSearchPerClass = 10;

/// What ImageNet needs in folders and in archives: its validation part is flat, with a list of classes beside it.
struct ImageNetOptions : PhotographOptions {
  std::string ground_truth, synsets;

  // n02105855_2933.JPEG is a PNG, and one picture that is refused ends a training.
  ImageNetOptions() {
    folder = "imagenet", search = kImageNetSearchPerClass * kImageNetClasses, how.by_content = true;
  }
  template <class Visitor>
  void fields(Visitor& f) {
    PhotographOptions::fields(f);
    f("ground_truth", ground_truth,
      "file below the set's folder with the class of every picture of a flat test part, in the order of "
      "their names: the class's name, or its number; or Kaggle's LOC_val_solution.csv",
      "ILSVRC devkit");
    f("synsets", synsets,
      "file below the set's folder: class names in the order of those numbers, from 1; that order is the "
      "devkit's, not the alphabet's",
      "ILSVRC devkit");
  }
  std::string synsets_path(const std::string& root) const {
    return synsets.empty() ? "" : root + "/" + synsets;
  }
};

/// The classes by the option class_map, or else the names found at `place`, which then have to be all of them.
inline ClassMap imagenet_classes(
    const ImageNetOptions& options, const std::string& root, const std::string& place,
    const std::function<std::vector<std::string>(const std::string&)>& names_at) {
  if (!options.class_map.empty()) {
    const auto path = root + "/" + options.class_map;
    return parse_class_map(read_file(path), path, kImageNetClasses);
  }
  auto classes = number_classes(names_at(place));
  if (classes.classes != kImageNetClasses)
    throw_input({"there are " + std::to_string(classes.classes) + " classes", place,
                 std::to_string(kImageNetClasses) + " classes",
                 "a subset keeps the indices of the whole: name them with the option class_map"});
  return classes;
}

/// The registered facts that both share.
inline DatasetInfo imagenet_info(std::string name, std::string title) {
  DatasetInfo info;
  info.name = std::move(name);
  info.title = std::move(title);
  info.citation = "Russakovsky et al., IJCV 2015";
  info.classes = kImageNetClasses, info.height = info.width = 224;
  info.mean = {0.485F, 0.456F, 0.406F};
  info.std = {0.229F, 0.224F, 0.225F};
  info.train_count = 1'281'167, info.test_count = 50'000;
  info.search_count = kImageNetSearchPerClass * kImageNetClasses, info.calib_count = 2048;
  info.balanced_splits = true;
  return info;
}

}  // namespace mpq::datasets
