#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "harness/toml_file.h"

namespace mpq::harness {

/// One table of a study file, read key by key. Every complaint names file, line and key.
class Section {
 public:
  /// `pointer` is the table's JSON pointer ("" for the whole file); a table that is absent reads as
  /// empty. Throws Error(input) for a key outside `known`, with the nearest.
  Section(const TomlFile& file, std::string pointer, const std::vector<std::string>& known);

  bool has(const std::string& key) const { return table_.contains(key); }
  const Json& value(const std::string& key) const { return table_.at(key); }
  std::string pointer(const std::string& key) const { return pointer_ + "/" + key; }
  std::string where(const std::string& key) const { return file_.where(pointer(key)); }
  const TomlFile& file() const { return file_; }

  /// Without a fallback the key is required.
  std::string text(const std::string& key, const std::optional<std::string>& fallback = {}) const;
  bool flag(const std::string& key, bool fallback) const;
  std::int64_t whole(const std::string& key, std::optional<std::int64_t> fallback, std::int64_t lowest,
                     std::int64_t highest) const;
  double number(const std::string& key, double lowest, double highest) const;
  /// The whole path of the file that the key names (TomlFile::find_file); empty if it is missing and may be.
  std::string existing_file(const std::string& key) const;
  /// A list of different whole numbers within the limits, at least one.
  std::vector<std::int64_t> wholes(const std::string& key, const std::vector<std::int64_t>& fallback,
                                   std::int64_t lowest, std::int64_t highest) const;
  /// `base` (complete) with what the table at `key` sets, checked against `known` option by option.
  Json options(const std::string& key, const std::vector<OptionInfo>& known, Json base) const;

  [[noreturn]] void refuse(const std::string& key, const std::string& what, const std::string& expected,
                           const std::string& fix) const;

 private:
  void require_key(const std::string& key) const;

  const TomlFile& file_;
  std::string pointer_;
  Json table_;
};

/// The defaults of `known` as a complete set.
Json default_options(const std::vector<OptionInfo>& known);

/// `base` (complete) with every key of the table at `pointer`, each checked on its own so that the
/// complaint names its line.
Json overlay_options(const TomlFile& file, const std::string& pointer, const std::vector<OptionInfo>& known,
                     Json base);

}  // namespace mpq::harness
