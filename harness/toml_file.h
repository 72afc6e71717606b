#pragma once

#include <map>
#include <string>

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

 private:
  std::string path_, text_;
  Json json_ = Json::object();
  std::map<std::string, unsigned> lines_;  // JSON pointer → line, counted from 1
};

}  // namespace mpq::harness
