#include "cli/official_files.h"

#include <algorithm>

#include "core/error.h"
#include "core/hash.h"
#include "harness/installation.h"
#include "harness/toml_file.h"
#include "results/facts.h"

namespace fs = std::filesystem;

namespace mpq::cli {

fs::path OfficialFiles::path_in(const Json& file, const std::string& key) const {
  fs::path below = results::text_fact(file, key);
  const bool inside = !below.empty() && below.is_relative() &&
                      std::none_of(below.begin(), below.end(), [](const auto& part) { return part == ".."; });
  if (!inside)
    throw_input({"'" + key + "' is not a path below the data folder", path, "a relative path without '..'",
                 "correct the list, or use the one beside the program"});
  return below;
}

std::vector<std::string> places_of_lists(const std::string& name) {
  const auto list = "datasets/fetch/" + name + ".toml";
  return {list, (fs::path(harness::Installation::find().catalogue).parent_path() / list).string()};
}

std::optional<OfficialFiles> official_files(const std::string& name) {
  for (const auto& path : places_of_lists(name))
    if (fs::exists(path)) return OfficialFiles{path, harness::TomlFile::read(path).json()};
  return std::nullopt;
}

std::vector<ContentCheck> check_contents(const OfficialFiles& files, const std::string& data_folder) {
  std::vector<ContentCheck> checks;
  for (const auto& file : results::fact(files.list, "content")) {
    const auto path = (fs::path(data_folder) / files.path_in(file, "path")).string();
    std::error_code absent;
    checks.push_back({path, results::text_fact(file, "sha256"),
                      fs::is_regular_file(path, absent) ? sha256_file(path) : std::string()});
  }
  return checks;
}

}  // namespace mpq::cli
