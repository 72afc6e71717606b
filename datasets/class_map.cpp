#include "datasets/class_map.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/error.h"
#include "core/json.h"

namespace mpq::datasets {
namespace {

constexpr std::size_t kLongestName = 255;  // of a folder

[[noreturn]] void refuse(const std::string& what, const std::string& path, std::size_t line) {
  throw_input({what, path + ", line " + std::to_string(line),
               "class names, one a line, or lines of a name, a tab and an index", "correct the class map"});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    auto line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

void check_name(const std::string& name, const std::string& path, std::size_t line) {
  if (name.empty()) refuse("a class without a name", path, line);
  if (name.size() > kLongestName)
    refuse("a class name of " + std::to_string(name.size()) + " bytes", path, line);
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      refuse("a class name with a control character", path, line);
  if (name.find('/') != std::string::npos || name == "." || name == "..")
    refuse("the class name '" + name + "' could lead to another folder", path, line);
}

std::int32_t parse_index(const std::string& text, const std::string& path, std::size_t line,
                         int most_classes) {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0 ||
      value >= most_classes)
    refuse("'" + text.substr(0, 40) + "' is no class index from 0 to " + std::to_string(most_classes - 1),
           path, line);
  return static_cast<std::int32_t>(value);
}

bool is_utf8(const std::string& text) {
  try {
    Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace

ClassMap parse_class_map(const std::string& text, const std::string& path, int most_classes) {
  auto lines = lines_of(text);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.empty()) refuse("the class map is empty", path, 1);
  if (text.find('\0') != std::string::npos || !is_utf8(text))
    throw_input({"the class map is no text", path, "UTF-8 text", "correct the class map"});
  const bool pairs = lines.front().find('\t') != std::string::npos;
  if (!pairs && lines.size() > static_cast<std::size_t>(most_classes))
    throw_input({"the list has " + std::to_string(lines.size()) + " names", path,
                 "at most " + std::to_string(most_classes) + " class names, one a line",
                 "remove what is no class: some lists begin with 'background'"});
  ClassMap map;
  std::map<std::int32_t, std::size_t> line_of_index;
  std::map<std::string, std::size_t> line_of_name;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto tab = lines[i].find('\t');
    if (pairs != (tab != std::string::npos))
      refuse(pairs ? "a line without an index" : "a line with a tab in a list of names", path, i + 1);
    const auto name = lines[i].substr(0, tab);
    check_name(name, path, i + 1);
    if (const auto [first, fresh] = line_of_name.emplace(name, i + 1); !fresh)
      refuse("class '" + name + "' for the second time (first on line " + std::to_string(first->second) + ")",
             path, i + 1);
    const auto index = pairs ? parse_index(lines[i].substr(tab + 1), path, i + 1, most_classes)
                             : static_cast<std::int32_t>(i);
    if (const auto [first, fresh] = line_of_index.emplace(index, i + 1); !fresh)
      refuse("index " + std::to_string(index) + " for the second time (first on line " +
                 std::to_string(first->second) + ")",
             path, i + 1);
    map.index[name] = index;
    map.classes = std::max(map.classes, index + 1);
  }
  return map;
}

ClassMap number_classes(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  ClassMap map;
  for (const auto& name : names) map.index[name] = map.classes++;
  return map;
}

}  // namespace mpq::datasets
