// Anyone's pictures: a folder of class folders for each part, as torchvision's ImageFolder reads them.

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "datasets/photographs.h"

namespace mpq::datasets {
namespace {

PhotographOptions parse(const Json& given) {
  auto options = parse_options<PhotographOptions>(given, "options of data set image_folder");
  if (options.folder.empty())
    throw_input({"no folder is given", "options of data set image_folder",
                 "the folder of the set, below the data folder", "write options = { folder = \"NAME\" }"});
  return options;
}

PhotographParts find(const Json& given, const std::string& data_folder) {
  const auto options = parse(given);
  const auto root = data_folder + "/" + options.folder;
  const auto train = root + "/" + options.train, test = root + "/" + options.test;
  const auto map_path = root + "/" + options.class_map;
  const auto classes = options.class_map.empty() ? number_classes(class_folders(train))
                                                 : parse_class_map(read_file(map_path), map_path);
  return folder_parts({train, files_by_class(train, classes)}, {test, files_by_class(test, classes)},
                      classes.classes, options.exclusions(root));
}

}  // namespace

MPQ_REGISTER_DATASET(image_folder) {
  DatasetInfo info;
  info.name = "image_folder";
  info.title = "class folders of pictures";
  info.citation = "yours";
  info.classes = 2, info.height = info.width = 224;  // of an opened set: what is there
  info.mean = {0.485F, 0.456F, 0.406F};
  info.std = {0.229F, 0.224F, 0.225F};
  registry.add(photograph_entry(info, describe_options<PhotographOptions>(), parse, find));
}

}  // namespace mpq::datasets
