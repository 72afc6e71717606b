#include "harness/study_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/error.h"

namespace mpq::harness {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Json table_at(const TomlFile& file, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  if (!file.json().contains(at)) return Json::object();
  const Json& table = file.json().at(at);
  if (!table.is_object())
    throw_input({"this must be a table, not " + table.dump(), file.where(pointer), "keys and values",
                 "write it as a table"});
  return table;
}

std::string range_text(std::int64_t lowest, std::int64_t highest) {
  return "from " + std::to_string(lowest) + " to " + std::to_string(highest);
}

}  // namespace

Section::Section(const TomlFile& file, std::string pointer, const std::vector<std::string>& known)
    : file_(file), pointer_(std::move(pointer)), table_(table_at(file, pointer_)) {
  for (const auto& [key, unused] : table_.items()) {
    if (contains(known, key)) continue;
    refuse(key, "unknown key '" + key + "'", join(known), did_you_mean(key, known, "remove it"));
  }
}

void Section::refuse(const std::string& key, const std::string& what, const std::string& expected,
                     const std::string& fix) const {
  throw_input({what, where(key), expected, fix});
}

void Section::require_key(const std::string& key) const {
  if (!has(key)) refuse(key, "'" + key + "' is missing", "a value for '" + key + "'", "add it");
}

std::string Section::text(const std::string& key, const std::optional<std::string>& fallback) const {
  if (!has(key) && fallback) return *fallback;
  require_key(key);
  if (!value(key).is_string() || value(key).get<std::string>().empty())
    refuse(key, "'" + key + "' is " + value(key).dump(), "text that is not empty",
           "write " + key + " = \"…\"");
  return value(key);
}

bool Section::flag(const std::string& key, bool fallback) const {
  if (!has(key)) return fallback;
  if (!value(key).is_boolean())
    refuse(key, "'" + key + "' is " + value(key).dump(), "true or false",
           "write true or false, without quotes");
  return value(key);
}

std::int64_t Section::whole(const std::string& key, std::optional<std::int64_t> fallback, std::int64_t lowest,
                            std::int64_t highest) const {
  if (!has(key) && fallback) return *fallback;
  require_key(key);
  const Json& given = value(key);
  if (!given.is_number_integer() || given.get<std::int64_t>() < lowest || given.get<std::int64_t>() > highest)
    refuse(key, "'" + key + "' is " + given.dump(), "a whole number " + range_text(lowest, highest),
           "write a number in that range");
  return given;
}

double Section::number(const std::string& key, double lowest, double highest) const {
  require_key(key);
  const Json& given = value(key);
  if (!given.is_number() || !(given.get<double>() >= lowest && given.get<double>() <= highest))
    refuse(key, "'" + key + "' is " + given.dump(),
           fmt::format("a number from {:g} to {:g}", lowest, highest), "write a number in that range");
  return given;
}

std::string Section::existing_file(const std::string& key) const {
  const auto given = text(key);
  auto path = file_.find_file(given);
  if (path.empty() && !file_.missing_allowed())
    refuse(key, "there is no file '" + given + "'", "a file below " + join(file_.folders()),
           "correct the path");
  return path;
}

std::vector<std::int64_t> Section::wholes(const std::string& key, const std::vector<std::int64_t>& fallback,
                                          std::int64_t lowest, std::int64_t highest) const {
  if (!has(key)) return fallback;
  const Json& given = value(key);
  std::set<std::int64_t> seen;
  const auto good = [&](const Json& n) {
    return n.is_number_integer() && n.get<std::int64_t>() >= lowest && n.get<std::int64_t>() <= highest &&
           seen.insert(n.get<std::int64_t>()).second;
  };
  if (!given.is_array() || given.empty() || !std::all_of(given.begin(), given.end(), good))
    refuse(key, "'" + key + "' is " + given.dump(),
           "a list of different whole numbers " + range_text(lowest, highest), "write a list like [1, 2, 3]");
  return given.get<std::vector<std::int64_t>>();
}

Json Section::options(const std::string& key, const std::vector<OptionInfo>& known, Json base) const {
  return has(key) ? overlay_options(file_, pointer(key), known, std::move(base)) : base;
}

Json default_options(const std::vector<OptionInfo>& known) { return resolve_options(known, Json(), ""); }

Json overlay_options(const TomlFile& file, const std::string& pointer, const std::vector<OptionInfo>& known,
                     Json base) {
  const Json given = table_at(file, pointer);
  for (const auto& [key, value] : given.items())
    base[key] = resolve_options(known, Json{{key, value}}, file.where(pointer + "/" + key)).at(key);
  return base;
}

}  // namespace mpq::harness
