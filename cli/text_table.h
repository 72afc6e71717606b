#pragma once

#include <string>
#include <vector>

namespace mpq::cli {

/// Columns side by side for a terminal; a column whose name starts with '>' is aligned to the right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> columns);
  /// As many cells as columns.
  void add(std::vector<std::string> cells);
  std::string text() const;

 private:
  std::vector<std::string> columns_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

/// Characters on the screen of UTF-8 text.
std::size_t display_width(const std::string& text);

/// "1 case", "2 cases"
std::string counted(std::size_t count, const std::string& noun);

}  // namespace mpq::cli
