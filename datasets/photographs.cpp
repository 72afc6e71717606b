#include "datasets/photographs.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "datasets/picture_cache.h"
#include "datasets/picture_names.h"

namespace fs = std::filesystem;

namespace mpq::datasets {
namespace {

std::int64_t search_share(const PhotographOptions& options, std::int64_t train) {
  return options.search > 0 ? options.search : std::max<std::int64_t>(1, train / 20);
}

void check_sides(const PhotographOptions& options, const std::string& name) {
  if (options.how.shorter >= options.how.side) return;
  throw_input(
      {"shorter is " + std::to_string(options.how.shorter) + " and side " + std::to_string(options.how.side),
       "options of data set " + name, "shorter >= side: the square is cut from the resized picture",
       "raise shorter (torchvision: 256 for 224)"});
}

// Whether every class has enough pictures for as many of each in both splits.
bool has_share(const PhotographParts& parts, const DatasetInfo& info) {
  std::vector<std::int64_t> count(static_cast<std::size_t>(info.classes), 0);
  for (std::int64_t i = 0; i < parts.train->size(); ++i)
    ++count.at(static_cast<std::size_t>(parts.train->label(i)));
  return *std::min_element(count.begin(), count.end()) > 2 * info.search_count / info.classes;
}

// Everything that decides which pictures a set has and how they are decoded; what is done to them later does not.
std::string content_of(const PhotographParts& parts, const DatasetInfo& info, Json options) {
  for (const auto* later : {"side", "shorter", "filter", "least_area", "flip", "brightness", "contrast",
                            "saturation", "hue", "search", "calib"})
    options.erase(later);
  return sha256(Json{{"files", parts.fingerprint()},
                     {"options", options},
                     {"revision", info.revision},
                     {"decoder", kDecoderRevision}}
                    .dump());
}

// Each part is read from its cache where there is one.
PhotographParts with_caches(PhotographParts parts, const DatasetInfo& info, const Json& options,
                            const std::string& data_folder) {
  if (!has_picture_cache(data_folder, info.name)) return parts;  // the fingerprint looks at every file
  const auto content = content_of(parts, info, options);
  const auto cached = [&](const std::shared_ptr<const PictureStore>& store, const std::string& part) {
    const auto path = picture_cache_path(data_folder, info.name, content, part);
    std::error_code unreadable;
    return fs::exists(path, unreadable) ? std::make_shared<const CachedPictures>(store, path) : store;
  };
  parts.train = cached(parts.train, "train");
  parts.test = cached(parts.test, "test");
  return parts;
}

std::vector<std::string> write_caches(const PhotographParts& parts, const PicturePreparation& how,
                                      const DatasetInfo& info, const Json& options,
                                      const std::string& data_folder, const ProgressSink& progress) {
  make_folders(data_folder + "/cache");
  // Where machines share the folder, a writer elsewhere has no process here: the lock tells of it.
  const FileLock lock(data_folder + "/cache/" + info.name + ".lock",
                      "the cache of data set '" + info.name + "'");
  remove_unfinished_caches(data_folder, info.name);
  const auto needed = decoded_bytes(*parts.train, how) + decoded_bytes(*parts.test, how);
  const auto room = static_cast<std::int64_t>(fs::space(data_folder + "/cache").available);
  if (needed > room)
    throw_environment({"the decoded pictures take about " + std::to_string(needed >> 20) + " MiB and " +
                           std::to_string(room >> 20) + " MiB are free",
                       data_folder + "/cache", "room for all pictures",
                       "make room, or read them as they are"});
  const auto content = content_of(parts, info, options);
  std::vector<std::string> paths;
  for (const auto& [part, store] : {std::pair{"train", parts.train}, {"test", parts.test}}) {
    paths.push_back(picture_cache_path(data_folder, info.name, content, part));
    write_picture_cache(*store, how, paths.back(), progress);
  }
  return paths;
}

}  // namespace

DatasetInfo photograph_info(DatasetInfo info, const PhotographOptions& options,
                            const PhotographParts& parts) {
  check_sides(options, info.name);
  info.classes = parts.classes;
  info.height = info.width = static_cast<int>(options.how.side);
  info.train_count = parts.train->size();
  info.test_count = parts.test->size();
  info.search_count = search_share(options, info.train_count);
  const auto left = info.train_count - 2 * info.search_count;
  if (left < 1)
    throw_input({"the training part has " + std::to_string(info.train_count) + " pictures", parts.where,
                 "more than twice the " + std::to_string(info.search_count) + " of search",
                 "lower the option search"});
  info.calib_count = std::min(options.calib, left);
  info.balanced_splits = info.search_count % info.classes == 0 && has_share(parts, info);
  return info;
}

PhotographParts folder_parts(FolderPart train, FolderPart test, int classes, Exclusions left_out) {
  for (auto* part : {&train, &test}) {
    const auto path_of = [&](const PictureFile& file) { return part->root + "/" + file.path; };
    left_out.leave_out(part->files, path_of);
    for (const auto& file : part->files) require_read_format(path_of(file));
  }
  left_out.require_all_found();
  PhotographParts parts;
  parts.classes = classes;
  parts.where = train.root;
  parts.fingerprint = [train, test] {
    const auto of_train = names_and_sizes(train.root, train.files);
    return sha256(of_train + names_and_sizes(test.root, test.files));
  };
  parts.train = std::make_shared<const PictureFiles>(train.root, std::move(train.files));
  parts.test = std::make_shared<const PictureFiles>(test.root, std::move(test.files));
  return parts;
}

Entry photograph_entry(DatasetInfo info, std::vector<OptionInfo> options,
                       std::function<PhotographOptions(const Json&)> parse,
                       std::function<PhotographParts(const Json&, const std::string& data_folder)> find) {
  info.options = std::move(options);
  Entry entry;
  entry.info = info;
  entry.inspect = [=](const Json& given, const std::string& data_folder) {
    return photograph_info(info, parse(given), find(given, data_folder));
  };
  const auto open = [=](const Json& given, const std::string& data_folder, bool caches) {
    auto parsed = parse(given);
    parsed.how.filter = parsed.filter == "bicubic" ? Filter::bicubic : Filter::bilinear;
    const auto found = find(given, data_folder);
    const auto parts = caches ? with_caches(found, info, given, data_folder) : found;
    return Dataset(photograph_info(info, parsed, found),
                   std::make_shared<const PictureSource>(parts.train, parsed.how),
                   std::make_shared<const PictureSource>(parts.test, parsed.how));
  };
  entry.open = [=](const Json& given, const std::string& folder) { return open(given, folder, true); };
  entry.open_originals = [=](const Json& given, const std::string& folder) {
    return open(given, folder, false);
  };
  entry.write_cache = [=](const Json& given, const std::string& data_folder, const ProgressSink& progress) {
    return write_caches(find(given, data_folder), parse(given).how, info, given, data_folder, progress);
  };
  entry.fingerprint = [=](const Json& given, const std::string& data_folder) {
    return find(given, data_folder).fingerprint();
  };
  return entry;
}

}  // namespace mpq::datasets
