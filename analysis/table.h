#pragma once

#include <string>
#include <vector>

namespace mpq::analysis {

/// A Markdown table that is also readable as plain text: columns are padded to equal width.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::right;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell per column. Bars are escaped and line breaks become blanks.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Lines that start and end with a bar, each with a line feed.
  std::string to_markdown() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Columns that a terminal needs for UTF-8 text (code points; wide scripts are not used here).
std::size_t display_width(const std::string& text);

}  // namespace mpq::analysis
