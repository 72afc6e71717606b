#include "harness/cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"

namespace fs = std::filesystem;

namespace mpq::harness {
namespace {

std::string stamp_line(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return path + " absent\n";
  return path + " " + std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec) + " " + std::to_string(status.st_ctim.tv_sec) + "." +
         std::to_string(status.st_ctim.tv_nsec) + " " + std::to_string(status.st_ino) + "\n";
}

}  // namespace

Json remembered(const std::string& folder, const std::string& kind, const Json& identity,
                const std::function<Json()>& compute) {
  if (folder.empty()) return compute();
  // Names of files need not be UTF-8.
  const auto about = text_of(identity);
  const auto path = folder + "/" + kind + "-" + sha256(about).substr(0, 32) + ".json";
  try {
    const auto entry = Json::parse(read_file(path), nullptr, false);
    if (entry.is_object() && entry.value("identity", Json()) == Json(about) && entry.contains("value"))
      return entry["value"];
  } catch (const Error&) {  // none, or one that cannot be read: computed again
  }
  Json value = compute();
  try {
    make_folders(folder);
    write_whole(path, Json{{"identity", about}, {"value", value}}.dump());
  } catch (const Error&) {  // a full or read-only disk is reported by whoever must write
  }
  return value;
}

std::string file_stamp(const std::string& path) {
  std::vector<std::string> files;
  std::error_code code;
  if (fs::is_directory(path, code)) {
    for (const auto& entry :
         fs::recursive_directory_iterator(path, fs::directory_options::follow_directory_symlink, code))
      if (entry.is_regular_file(code)) files.push_back(entry.path().string());
  } else {
    files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const auto& file : files) {
    const auto line = stamp_line(file);
    hash.update(line.data(), line.size());
  }
  return hash.hex();
}

std::string cached_sha256(const std::string& cache_folder, const std::string& path) {
  const Json identity = {{"path", fs::weakly_canonical(path).string()}, {"stamp", file_stamp(path)}};
  return remembered(cache_folder, "sha256", identity, [&] { return Json(sha256_file(path)); })
      .get<std::string>();
}

}  // namespace mpq::harness
