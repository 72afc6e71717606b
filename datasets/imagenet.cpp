// ImageNet (ILSVRC 2012): `train` as class folders; the validation part as class folders, or as the flat
// official folder with the list of its classes.
//
// Source: Russakovsky et al., "ImageNet large scale visual recognition challenge", IJCV 2015; preprocessing
//         of torchvision's references.

#include "datasets/imagenet_options.h"

namespace mpq::datasets {
namespace {

using Options = ImageNetOptions;

Options parse_all(const Json& given) { return parse_options<Options>(given, "options of data set imagenet"); }
PhotographOptions parse(const Json& given) { return parse_all(given); }

PhotographParts find(const Json& given, const std::string& data_folder) {
  const auto options = parse_all(given);
  const auto root = data_folder + "/" + options.folder;
  const auto train = root + "/" + options.train, test = root + "/" + options.test;
  const auto classes = imagenet_classes(options, root, train, class_folders);
  auto in_test = options.ground_truth.empty() ? files_by_class(test, classes)
                                              : files_by_truth(test, root + "/" + options.ground_truth,
                                                               options.synsets_path(root), classes);
  return folder_parts({train, files_by_class(train, classes)}, {test, std::move(in_test)}, kImageNetClasses,
                      options.exclusions(root));
}

}  // namespace

MPQ_REGISTER_DATASET(imagenet) {
  registry.add(photograph_entry(imagenet_info("imagenet", "ImageNet (ILSVRC 2012)"),
                                describe_options<Options>(), parse, find));
}

}  // namespace mpq::datasets
