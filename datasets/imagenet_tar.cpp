// ImageNet from its official archives, read in place: ILSVRC2012_img_train.tar (an archive of one archive for
// each class) and ILSVRC2012_img_val.tar (flat, with the list of its classes), or archives with class folders, or
// shards in WebDataset layout (a pattern with '*' or {000..146}).

#include <algorithm>
#include <filesystem>
#include <regex>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "datasets/imagenet_options.h"
#include "datasets/picture_names.h"
#include "datasets/tar_pictures.h"

namespace mpq::datasets {

namespace fs = std::filesystem;

namespace {

constexpr int kClasses = kImageNetClasses;

struct Options : ImageNetOptions {
  Options() { train = "ILSVRC2012_img_train.tar", test = "ILSVRC2012_img_val.tar"; }
};

Options parse_all(const Json& given) {
  return parse_options<Options>(given, "options of data set imagenet_tar");
}
PhotographOptions parse(const Json& given) { return parse_all(given); }
bool is_pattern(const std::string& name) { return name.find_first_of("*{") != std::string::npos; }

[[noreturn]] void refuse_pattern(const std::string& pattern, const std::string& root,
                                 const std::string& what) {
  throw_input({"the pattern '" + pattern + "' " + what, root,
               "archives beside each other in this folder: around one '*', or numbered as in {000..146}",
               "name the data folder with --data DIR, or correct the option"});
}

// As WebDataset writes them: with as many digits as the first number has.
std::vector<std::string> numbered(const std::string& root, const std::string& pattern) {
  constexpr std::int64_t kMostShards = 100'000;
  static const std::regex kRange(R"(([^{}*]*)\{(\d{1,9})\.\.(\d{1,9})\}([^{}*]*))");
  std::smatch parts;
  if (!std::regex_match(pattern, parts, kRange)) refuse_pattern(pattern, root, "is not understood");
  const std::int64_t first = std::stoll(parts[2].str()), last = std::stoll(parts[3].str());
  if (first > last) refuse_pattern(pattern, root, "counts backwards");
  if (last - first >= kMostShards)
    refuse_pattern(pattern, root, "names " + std::to_string(last - first + 1) + " shards");
  const auto width = parts[2].str().size();
  std::vector<std::string> paths;
  for (auto number = first; number <= last; ++number) {
    auto digits = std::to_string(number);
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    paths.push_back(root + "/" + parts[1].str() + digits + parts[4].str());
  }
  return paths;
}

std::vector<std::string> around_star(const std::string& root, const std::string& pattern) {
  const auto star = pattern.find('*');
  const auto before = pattern.substr(0, star), after = pattern.substr(star + 1);
  std::vector<std::string> found;
  std::error_code code;
  for (fs::directory_iterator it(root, code), end; !code && it != end; it.increment(code)) {
    const auto name = it->path().filename().string();
    if (name.size() >= before.size() + after.size() && name.starts_with(before) && name.ends_with(after))
      found.push_back(it->path().string());
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) refuse_pattern(pattern, root, "fits no shard");
  return found;
}

// The archives that an option names: one, or all of a pattern.
std::vector<std::string> archives_of(const std::string& root, const std::string& option) {
  if (!is_pattern(option)) return {root + "/" + option};
  return option.find('{') == std::string::npos ? around_star(root, option) : numbered(root, option);
}

std::vector<ListedArchive> listed(const std::string& data_folder, const std::string& root,
                                  const std::string& option) {
  const auto purpose = is_pattern(option) ? ListedFor::samples : ListedFor::classes;
  std::vector<ListedArchive> all;
  for (const auto& path : archives_of(root, option))
    all.push_back({path, kept_listing(data_folder, path.substr(data_folder.size() + 1), purpose)});
  return all;
}

// Shards have numbers for classes, and neither names nor a list of classes beside them.
void check_shards(const Options& options, const std::string& root) {
  if (is_pattern(options.test) && !options.ground_truth.empty())
    throw_input({"a list of classes is given for shards", root + "/" + options.test,
                 "a list for a flat archive alone: shards hold their classes",
                 "drop the option ground_truth"});
  if (is_pattern(options.train) && options.class_map.empty() && !is_pattern(options.test))
    throw_input({"the training part is shards, which name no classes, and the test part is an archive",
                 root + "/" + options.test,
                 "shards for both (option test), or names for the archive's classes",
                 "write test = \"PATTERN\", or name the classes with the option class_map"});
}

ClassMap classes_of(const Options& options, const std::string& root, const ListedArchive& train) {
  if (options.class_map.empty() && is_pattern(options.train)) return {};
  return imagenet_classes(options, root, train.path, [&](const std::string&) { return classes_in(train); });
}

/// Pictures of one part, and the archives that they lie in.
struct ArchivePart {
  std::vector<std::string> archives;
  std::vector<TarPicture> pictures;
};

ArchivePart part(const std::vector<ListedArchive>& archives, bool shards, const ClassMap& classes) {
  ArchivePart found;
  for (const auto& archive : archives) {
    const auto number = found.archives.size();
    auto more =
        shards ? pictures_by_sample(archive, number, kClasses) : pictures_by_class(archive, number, classes);
    found.archives.push_back(archive.path);
    found.pictures.insert(found.pictures.end(), std::make_move_iterator(more.begin()),
                          std::make_move_iterator(more.end()));
  }
  return found;
}

ArchivePart test_part(const Options& options, const std::string& root,
                      const std::vector<ListedArchive>& archives, const ClassMap& classes) {
  if (options.ground_truth.empty()) return part(archives, is_pattern(options.test), classes);
  const auto& flat = archives.front();
  const auto truth = root + "/" + options.ground_truth;
  return {{flat.path}, pictures_by_truth(flat, 0, truth, options.synsets_path(root), classes)};
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

std::shared_ptr<const TarPictures> without(Exclusions& left_out, ArchivePart from) {
  const auto path_of = [&](const TarPicture& picture) {
    return from.archives.at(picture.archive) + "/" + picture.member.name;
  };
  left_out.leave_out(from.pictures, path_of);
  for (const auto& picture : from.pictures) require_read_format(path_of(picture));
  return std::make_shared<const TarPictures>(std::move(from.archives), std::move(from.pictures));
}

PhotographParts find(const Json& given, const std::string& data_folder) {
  const auto options = parse_all(given);
  const auto root = data_folder + "/" + options.folder;
  check_shards(options, root);
  const auto train_archives = listed(data_folder, root, options.train);
  const auto classes = classes_of(options, root, train_archives.front());
  const auto test_archives = listed(data_folder, root, options.test);
  auto left_out = options.exclusions(root);
  const auto train = without(left_out, part(train_archives, is_pattern(options.train), classes));
  const auto test = without(left_out, test_part(options, root, test_archives, classes));
  left_out.require_all_found();
  return {train, test, kClasses, root + "/" + options.train,
          [train, test] { return sha256(members_of(*train) + members_of(*test)); }};
}

}  // namespace

MPQ_REGISTER_DATASET(imagenet_tar) {
  registry.add(photograph_entry(imagenet_info("imagenet_tar", "ImageNet in its archives"),
                                describe_options<Options>(), parse, find));
}

}  // namespace mpq::datasets
