#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace mpq::cli {

/// datasets/fetch/NAME.toml of the working folder, or beside this program: which files a data set has officially.
struct OfficialFiles {
  std::string path;  ///< of the list
  Json list;

  /// A path that the list names, below the data folder. Throws Error(input) if it is none or leads elsewhere.
  std::filesystem::path path_in(const Json& file, const std::string& key) const;
};

/// Where lists are looked for, nearest first.
std::vector<std::string> places_of_lists(const std::string& name);
/// Nothing if there is no list of that set. Throws Error(input) if it cannot be read.
std::optional<OfficialFiles> official_files(const std::string& name);

/// A file whose official content is known, and what lies in its place.
struct ContentCheck {
  std::string path, official, found;  ///< SHA-256; `found` is empty for a file that is not there
  bool whole() const { return official == found; }
};
std::vector<ContentCheck> check_contents(const OfficialFiles& files, const std::string& data_folder);

}  // namespace mpq::cli
