#include "datasets/exclusions.h"

#include <sstream>

#include "core/error.h"
#include "core/file.h"

namespace mpq::datasets {
namespace {

constexpr std::size_t kMostListBytes = std::size_t{64} << 20;
constexpr const char* kExpected =
    "names of pictures, one a line, or as much of the end of their paths as tells them apart";

}  // namespace

Exclusions::Exclusions(const std::string& list) : list_(list) {
  std::istringstream text(read_file(list, kMostListBytes));
  for (std::string line; std::getline(text, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line.starts_with('#')) continue;
    if (!lines_.emplace(line, "").second)
      throw_input({"'" + line.substr(0, 200) + "' is left out for the second time", list, kExpected,
                   "remove one of the lines"});
  }
  if (lines_.empty())
    throw_input(
        {"the list leaves nothing out", list, kExpected, "name a picture, or drop the option exclude"});
}

bool Exclusions::take(const std::string& path) {
  const std::string_view whole = path;
  for (std::size_t begin = 0; begin < whole.size();) {
    const auto line = lines_.find(whole.substr(begin));
    if (line != lines_.end()) {
      auto& named = line->second;
      if (!named.empty() && named != path)  // both parts may be one folder
        throw_input({"'" + line->first + "' names two pictures", list_ + ": " + named + " and " + path,
                     kExpected, "write more of the path"});
      named = path;
      return true;
    }
    const auto slash = whole.find('/', begin);
    begin = slash == std::string_view::npos ? whole.size() : slash + 1;
  }
  return false;
}

void Exclusions::refuse_all_of_a_part() const {
  throw_input({"all pictures of a part are left out", list_, "a few pictures that cannot be used",
               "shorten the list"});
}

void Exclusions::require_all_found() const {
  for (const auto& [line, named] : lines_)
    if (named.empty())
      throw_input({"'" + line.substr(0, 200) + "' names no picture of the set", list_, kExpected,
                   "correct the line, or remove it"});
}

}  // namespace mpq::datasets
