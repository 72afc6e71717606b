#include "datasets/picture_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/error.h"

namespace mpq::datasets {
namespace {

constexpr std::array<std::string_view, 3> kRead{"jpg", "jpeg", "png"};
constexpr std::array<std::string_view, 13> kUnread{"avif", "bmp", "gif", "heic", "heif", "jfif", "jp2",
                                                   "jxl",  "pgm", "ppm", "tif",  "tiff", "webp"};

template <class List>
bool has(const List& list, const std::string& ending) {
  return std::find(list.begin(), list.end(), ending) != list.end();
}

}  // namespace

std::string ending_of(const std::string& name) {
  const auto dot = name.rfind('.');
  auto ending = dot == std::string::npos ? std::string() : name.substr(dot + 1);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

bool is_read_picture(const std::string& name) { return has(kRead, ending_of(name)); }

bool is_any_picture(const std::string& name) {
  const auto ending = ending_of(name);
  return has(kRead, ending) || has(kUnread, ending);
}

void require_read_format(const std::string& path) {
  const auto ending = ending_of(path);
  if (!has(kRead, ending))
    throw_input({"a picture is of a format that is not read: ." + ending, path, "files .jpg, .jpeg or .png",
                 "convert it to PNG, or leave it out (option exclude)"});
}

}  // namespace mpq::datasets
