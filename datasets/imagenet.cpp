// ImageNet (ILSVRC 2012): `train` as class folders; the validation part as class folders, or as the flat
// official folder with the list of its classes.
//
// Source: Russakovsky et al., "ImageNet large scale visual recognition challenge", IJCV 2015; preprocessing
//         of torchvision's references.

#include "core/error.h"
#include "core/file.h"
#include "datasets/photographs.h"

namespace mpq::datasets {
namespace {

constexpr int kClasses = 1000;
constexpr std::int64_t kSearchPerClass = 10;

struct Options : PhotographOptions {
  std::string ground_truth, synsets;

  Options() { folder = "imagenet", search = kSearchPerClass * kClasses; }
  template <class Visitor>
  void fields(Visitor& f) {
    PhotographOptions::fields(f);
    f("ground_truth", ground_truth,
      "file below the set's folder with the class of every picture of a flat test folder: its name, or its "
      "number",
      "ILSVRC devkit");
    f("synsets", synsets, "file below the set's folder: class names in the order of those numbers, from 1",
      "ILSVRC devkit");
  }
};

Options parse_all(const Json& given) { return parse_options<Options>(given, "options of data set imagenet"); }
PhotographOptions parse(const Json& given) { return parse_all(given); }

ClassMap classes_of(const Options& options, const std::string& root) {
  if (!options.class_map.empty()) {
    const auto path = root + "/" + options.class_map;
    return parse_class_map(read_file(path), path, kClasses);
  }
  const auto folder = root + "/" + options.train;
  auto classes = number_classes(class_folders(folder));
  if (classes.classes != kClasses)
    throw_input({"there are " + std::to_string(classes.classes) + " class folders", folder,
                 std::to_string(kClasses) + " classes",
                 "a subset keeps the indices of the whole: name them with the option class_map"});
  return classes;
}

PhotographParts find(const Json& given, const std::string& data_folder) {
  const auto options = parse_all(given);
  const auto root = data_folder + "/" + options.folder;
  const auto classes = classes_of(options, root);
  const auto train = root + "/" + options.train, test = root + "/" + options.test;
  auto in_test = options.ground_truth.empty()
                     ? files_by_class(test, classes)
                     : files_by_truth(test, root + "/" + options.ground_truth,
                                      options.synsets.empty() ? "" : root + "/" + options.synsets, classes);
  return folder_parts(train, files_by_class(train, classes), test, std::move(in_test), kClasses);
}

}  // namespace

MPQ_REGISTER_DATASET(imagenet) {
  DatasetInfo info;
  info.name = "imagenet";
  info.title = "ImageNet (ILSVRC 2012)";
  info.citation = "Russakovsky et al., IJCV 2015";
  info.classes = kClasses, info.height = info.width = 224;
  info.mean = {0.485F, 0.456F, 0.406F};
  info.std = {0.229F, 0.224F, 0.225F};
  info.train_count = 1'281'167, info.test_count = 50'000;
  info.search_count = kSearchPerClass * kClasses, info.calib_count = 2048;
  info.balanced_splits = true;
  registry.add(photograph_entry(info, describe_options<Options>(), parse, find));
}

}  // namespace mpq::datasets
