// ImageNet from its official archives, read in place: ILSVRC2012_img_train.tar (an archive of one archive for
// each class) and a test archive with class folders; or shards in WebDataset layout (a pattern with '*').

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "datasets/photographs.h"
#include "datasets/tar_pictures.h"

namespace mpq::datasets {

namespace fs = std::filesystem;

namespace {

constexpr int kClasses = 1000;

struct Options : PhotographOptions {
  Options() {
    folder = "imagenet", train = "ILSVRC2012_img_train.tar", test = "ILSVRC2012_img_val.tar";
    class_map = "synsets.txt", search = 10 * kClasses;
  }
};

PhotographOptions parse(const Json& given) {
  return parse_options<Options>(given, "options of data set imagenet_tar");
}

// The files that `pattern` names: one, or all that fit around its '*', by name.
std::vector<std::string> matching(const std::string& root, const std::string& pattern) {
  const auto star = pattern.find('*');
  if (star == std::string::npos) return {root + "/" + pattern};
  const auto before = pattern.substr(0, star), after = pattern.substr(star + 1);
  std::vector<std::string> found;
  std::error_code code;
  for (fs::directory_iterator it(root, code), end; !code && it != end; it.increment(code)) {
    const auto name = it->path().filename().string();
    if (name.size() >= before.size() + after.size() && name.starts_with(before) && name.ends_with(after))
      found.push_back(it->path().string());
  }
  std::sort(found.begin(), found.end());
  if (found.empty())
    throw_input({"no shard fits the pattern '" + pattern + "'", root,
                 "archives beside each other in this folder",
                 "name the data folder with --data DIR, or correct the option"});
  return found;
}

std::shared_ptr<const TarPictures> part(const std::string& root, const std::string& pattern,
                                        const ClassMap& classes) {
  const auto archives = matching(root, pattern);
  const bool shards = pattern.find('*') != std::string::npos;
  std::vector<TarPicture> pictures;
  for (std::size_t i = 0; i < archives.size(); ++i) {
    auto more =
        shards ? pictures_by_sample(archives[i], i, kClasses) : pictures_by_class(archives[i], i, classes);
    pictures.insert(pictures.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  }
  return std::make_shared<const TarPictures>(archives, std::move(pictures));
}

std::string members_of(const TarPictures& pictures) {
  Sha256 hash;
  for (const auto& picture : pictures.pictures()) {
    const auto line = picture.member.name + "\t" + std::to_string(picture.label) + "\t" +
                      std::to_string(picture.member.size) + "\n";
    hash.update(line.data(), line.size());
  }
  return hash.hex();
}

PhotographParts find(const Json& given, const std::string& data_folder) {
  const auto options = parse(given);
  const auto root = data_folder + "/" + options.folder;
  const auto map_path = root + "/" + options.class_map;
  const auto classes = parse_class_map(read_file(map_path), map_path, kClasses);
  const auto train = part(root, options.train, classes), test = part(root, options.test, classes);
  return {train, test, kClasses, root + "/" + options.train,
          [train, test] { return sha256(members_of(*train) + members_of(*test)); }};
}

}  // namespace

MPQ_REGISTER_DATASET(imagenet_tar) {
  DatasetInfo info;
  info.name = "imagenet_tar";
  info.title = "ImageNet in its archives";
  info.citation = "Russakovsky et al., IJCV 2015";
  info.classes = kClasses, info.height = info.width = 224;
  info.mean = {0.485F, 0.456F, 0.406F};
  info.std = {0.229F, 0.224F, 0.225F};
  info.train_count = 1'281'167, info.test_count = 50'000;
  info.search_count = 10 * kClasses, info.calib_count = 2048;
  info.balanced_splits = true;
  registry.add(photograph_entry(info, describe_options<Options>(), parse, find));
}

}  // namespace mpq::datasets
