#include "cli/text_table.h"

#include <algorithm>

#include "core/error.h"

namespace mpq::cli {

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

TextTable::TextTable(std::vector<std::string> columns) : columns_(std::move(columns)) {
  for (auto& column : columns_) {
    right_.push_back(column.starts_with(">"));
    if (right_.back()) column.erase(0, 1);
  }
}

void TextTable::add(std::vector<std::string> cells) {
  require(cells.size() == columns_.size(), "a row of a table has another number of cells than the table");
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (const auto& column : columns_) widths.push_back(display_width(column));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));

  const auto line = [&](const std::vector<std::string>& cells) {
    std::string all;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - display_width(cells[i]), ' ');
      all += (i > 0 ? "  " : "") + (right_[i] ? padding + cells[i] : cells[i] + padding);
    }
    all.erase(all.find_last_not_of(' ') + 1);
    return all + "\n";
  };
  std::string all = line(columns_);
  for (const auto& row : rows_) all += line(row);
  return all;
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace mpq::cli
