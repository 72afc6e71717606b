#include "harness/toml_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "core/error.h"
#include "core/file.h"

namespace mpq::harness {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr int kMaxDepth = 16;
constexpr std::ptrdiff_t kMaxDots = 1'000;  // of a line

// The parser builds and frees a table for every part of a key, one within the other: a key of hundreds of thousands would
// overflow the stack before anything here saw it.
void refuse_endless_keys(const std::string& text, const std::string& path) {
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (std::count(line.begin(), line.end(), '.') <= kMaxDots) continue;
    throw_input({"nested deeper than " + std::to_string(kMaxDepth), path + ":" + std::to_string(number),
                 "a flat description", "flatten it"});
  }
}

/// Walks the parsed file once: values to JSON, positions to lines.
class Converter {
 public:
  explicit Converter(const std::string& path) : path_(path) {}
  const std::map<std::string, unsigned>& lines() const { return lines_; }

  Json convert(const toml::node& node, const std::string& pointer, int depth = 0) {
    if (depth > kMaxDepth)
      refuse(node, "nested deeper than " + std::to_string(kMaxDepth), "a flat description", "flatten it");
    lines_.try_emplace(pointer, node.source().begin.line);
    if (const auto* table = node.as_table()) return convert_table(*table, pointer, depth);
    if (const auto* array = node.as_array()) return convert_array(*array, pointer, depth);
    return convert_value(node);
  }

 private:
  Json convert_table(const toml::table& table, const std::string& pointer, int depth) {
    Json object = Json::object();
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      const std::string below = (Json::json_pointer(pointer) / name).to_string();
      if (key.source().begin.line > 0) lines_[below] = key.source().begin.line;
      object[name] = convert(value, below, depth + 1);
    }
    return object;
  }

  Json convert_array(const toml::array& array, const std::string& pointer, int depth) {
    Json list = Json::array();
    for (const auto& value : array)
      list.push_back(convert(value, pointer + "/" + std::to_string(list.size()), depth + 1));
    return list;
  }

  Json convert_value(const toml::node& node) {
    if (const auto text = node.as_string()) return text->get();
    if (const auto whole = node.as_integer()) return whole->get();
    if (const auto flag = node.as_boolean()) return flag->get();
    if (const auto real = node.as_floating_point(); real && std::isfinite(real->get())) return real->get();
    const bool number = node.is_floating_point();
    refuse(node, number ? "a number that is not finite" : "a date or time",
           "text, a finite number, true, false, a list or a table",
           number ? "write a finite number" : "put it in quotes");
  }

  [[noreturn]] void refuse(const toml::node& node, const std::string& what, const std::string& expected,
                           const std::string& fix) {
    const auto at = node.source().begin;
    throw_input(
        {what, path_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column), expected, fix});
  }

  const std::string& path_;
  std::map<std::string, unsigned> lines_;  // JSON pointer → line, counted from 1
};

/// "/method/1/options" → "method[1].options"
std::string dotted(const std::string& pointer) {
  std::string text, part;
  std::istringstream parts(pointer);
  std::getline(parts, part, '/');
  while (std::getline(parts, part, '/')) {
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
    text += number ? "[" + part + "]" : (text.empty() ? "" : ".") + part;
  }
  return text;
}

}  // namespace

TomlFile TomlFile::read(const std::string& path) { return parse(read_file(path, kMaxBytes), path); }

TomlFile TomlFile::parse(std::string text, const std::string& path) {
  TomlFile file;
  file.path_ = path;
  file.text_ = std::move(text);
  refuse_endless_keys(file.text_, path);
  try {
    const toml::table table = toml::parse(file.text_, path);
    Converter converter(path);
    file.json_ = converter.convert(table, "");
    for (const auto& [pointer, line] : converter.lines()) file.places_[pointer] = {path, line};
  } catch (const toml::parse_error& e) {
    const auto at = e.source().begin;
    throw_input({"not valid TOML: " + std::string(e.description()),
                 path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column),
                 "a TOML document (toml.io)", "correct this line"});
  }
  return file;
}

std::string TomlFile::where(const std::string& pointer) const {
  auto around = pointer;
  while (!around.empty() && !places_.contains(around)) around.resize(around.rfind('/'));
  const auto at = around.empty() ? Place{path_} : places_.at(around);
  const std::string place = around.empty() ? at.path : at.path + ":" + std::to_string(at.line);
  const auto key = dotted(pointer);
  return key.empty() ? place : place + ", " + key;
}

void TomlFile::lay_over(const TomlFile& defaults) {
  lay_over(json_, defaults.json_, defaults, "");
  text_ += "\n# defaults from " + defaults.path_ + ":\n" + defaults.text_;
}

void TomlFile::lay_over(Json& own, const Json& base, const TomlFile& defaults, const std::string& pointer) {
  for (const auto& [key, value] : base.items()) {
    const auto below = (Json::json_pointer(pointer) / key).to_string();
    if (own.contains(key)) {
      if (own[key].is_object() && value.is_object()) lay_over(own[key], value, defaults, below);
      continue;
    }
    own[key] = value;
    for (auto at = defaults.places_.lower_bound(below); at != defaults.places_.end(); ++at) {
      if (!at->first.starts_with(below)) break;
      if (at->first.size() == below.size() || at->first[below.size()] == '/') places_.insert(*at);
    }
  }
}

std::vector<std::string> TomlFile::folders() const {
  std::vector<std::string> all{std::filesystem::path(path_).parent_path().string()};
  if (all.front().empty()) all.front() = ".";
  all.insert(all.end(), folders_.begin(), folders_.end());
  return all;
}

std::string TomlFile::find_file(const std::string& name) const {
  for (const auto& folder : folders()) {
    std::error_code none;
    const auto path = std::filesystem::path(folder) / name;
    if (!std::filesystem::is_regular_file(path, none)) continue;
    const auto whole = std::filesystem::canonical(path, none);
    if (!none) return whole.string();
  }
  return {};
}

}  // namespace mpq::harness
