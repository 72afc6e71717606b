// Oxford-IIIT Pet: 37 breeds, one folder of pictures and the official lists of the two parts.
//
// Source: Parkhi, Vedaldi, Zisserman, Jawahar, "Cats and dogs", CVPR 2012; annotations/trainval.txt and
//         test.txt hold lines `picture class species breed`, classes counted from 1.

#include <filesystem>
#include <sstream>

#include "core/error.h"
#include "core/file.h"
#include "datasets/photographs.h"

namespace fs = std::filesystem;

namespace mpq::datasets {
namespace {

constexpr int kClasses = 37;
constexpr std::int64_t kSearch = 10 * kClasses;
constexpr std::size_t kMostListBytes = std::size_t{4} << 20;

struct Options : PhotographOptions {
  Options() {
    folder = "oxford-iiit-pet", train = "annotations/trainval.txt", test = "annotations/test.txt",
    search = kSearch;
    how.by_content = true;  // some of its .jpg files are PNG
  }
};

PhotographOptions parse(const Json& given) {
  return parse_options<Options>(given, "options of data set pets");
}

std::vector<PictureFile> read_list(const std::string& path) {
  std::error_code unreadable;
  if (!fs::exists(path, unreadable))
    throw_input({"a list of Oxford-IIIT Pet is missing", path, "annotations/ and images/ in one folder",
                 "mpq data fetch pets --data DIR, or unpack images.tar.gz and annotations.tar.gz there"});
  std::istringstream lines(read_file(path, kMostListBytes));
  std::vector<PictureFile> files;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream columns(line);
    std::string name;
    int label = 0;
    if (line.starts_with("#") || !(columns >> name)) continue;
    const bool plain = name.find('/') == std::string::npos && name.front() != '.';
    if (!plain || !(columns >> label) || label < 1 || label > kClasses)
      throw_input({"not a line of the list: '" + line.substr(0, 80) + "'",
                   path + ", line " + std::to_string(number),
                   "a picture's name and its class from 1 to " + std::to_string(kClasses),
                   "get the official annotations again"});
    files.push_back({name + ".jpg", label - 1});
  }
  if (files.empty())
    throw_input({"the list names no pictures", path, "lines of a picture's name and its class",
                 "get the official annotations again"});
  return files;
}

PhotographParts find(const Json& given, const std::string& data_folder) {
  const auto options = parse(given);
  const auto root = data_folder + "/" + options.folder;
  if (!options.class_map.empty())
    throw_input({"pets takes no class map", "option class_map", "none: its lists number the classes",
                 "leave the option out, or read the pictures as an image_folder"});
  return folder_parts({root + "/images", read_list(root + "/" + options.train)},
                      {root + "/images", read_list(root + "/" + options.test)}, kClasses,
                      options.exclusions(root));
}

}  // namespace

MPQ_REGISTER_DATASET(pets) {
  DatasetInfo info;
  info.name = "pets";
  info.title = "Oxford-IIIT Pet";
  info.citation = "Parkhi et al., CVPR 2012";
  info.classes = kClasses, info.height = info.width = 224;
  info.mean = {0.485F, 0.456F, 0.406F};
  info.std = {0.229F, 0.224F, 0.225F};
  info.train_count = 3680, info.test_count = 3669;
  info.search_count = kSearch, info.calib_count = 2048;
  registry.add(photograph_entry(info, describe_options<Options>(), parse, find));
}

}  // namespace mpq::datasets
