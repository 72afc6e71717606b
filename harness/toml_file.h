#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"

namespace mpq::harness {

/// A TOML file as JSON that still knows where everything stands in the file.
class TomlFile {
 public:
  /// Reads at most 1 MiB. Throws Error(input) with file, line and column for a file that is not TOML,
  /// repeats a key, nests deeper than 16, or holds a date or a number that is not finite.
  static TomlFile read(const std::string& path);
  /// The same for text that is already in memory; `path` is the name used in messages.
  static TomlFile parse(std::string text, const std::string& path);

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  const Json& json() const { return json_; }

  /// "study.toml:12, method[1].options" for the JSON pointer "/method/1/options"; what is not in the
  /// file gets the line of the nearest table around it.
  std::string where(const std::string& pointer) const;

  /// Puts `defaults` beneath this file: tables are united key by key, anything else that is given here stays. Places
  /// of what comes from there name that file, and its text is appended to this one's.
  void lay_over(const TomlFile& defaults);

  /// Files that values name are looked for in this file's own folder, then in `folder` as well.
  void look_also_in(std::string folder) {
    if (!folder.empty()) folders_.push_back(std::move(folder));
  }
  /// Whether a file that a value names may be missing: for a plan that will not run.
  void allow_missing_files() { missing_allowed_ = true; }
  bool missing_allowed() const { return missing_allowed_; }
  /// The whole path of the file `name`; empty if there is none.
  std::string find_file(const std::string& name) const;
  /// The folders that find_file tries, for messages.
  std::vector<std::string> folders() const;

 private:
  struct Place {
    std::string path;
    unsigned line = 0;  // counted from 1
  };
  void lay_over(Json& own, const Json& base, const TomlFile& defaults, const std::string& pointer);

  std::string path_, text_;
  Json json_ = Json::object();
  std::map<std::string, Place> places_;  // JSON pointer → where it stands
  std::vector<std::string> folders_;
  bool missing_allowed_ = false;
};

}  // namespace mpq::harness
