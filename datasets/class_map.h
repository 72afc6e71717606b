#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mpq::datasets {

/// Class names and their indices. A subset of a data set keeps the indices of the whole.
struct ClassMap {
  std::map<std::string, std::int32_t> index;
  int classes = 0;  ///< one more than the largest index
};

/// A list of class names, one a line (index = line, from 0), or lines `name<TAB>index`; line ends of Unix or
/// Windows. Throws Error(input) naming the line for a name or index given twice, a name that could be a path,
/// and an index that is none or beyond `most_classes`; also for a longer list, and bytes that are no text.
ClassMap parse_class_map(const std::string& text, const std::string& path, int most_classes = 1'000'000);

/// The names in byte order, as torchvision's ImageFolder numbers class folders.
ClassMap number_classes(std::vector<std::string> names);

}  // namespace mpq::datasets
