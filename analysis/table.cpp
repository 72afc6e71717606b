#include "analysis/table.h"

#include <algorithm>

#include "core/error.h"

namespace mpq::analysis {
namespace {

std::string one_line(const std::string& cell) {
  std::string clean;
  for (const char c : cell) {
    if (c == '|')
      clean += "\\|";
    else
      clean += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return clean;
}

std::string padded(const std::string& text, std::size_t width, Table::Align align) {
  const std::string blanks(width - display_width(text), ' ');
  return align == Table::Align::left ? text + blanks : blanks + text;
}

}  // namespace

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void Table::add(std::vector<std::string> cells) {
  require(cells.size() == columns_.size(), "a table row with another number of cells than columns");
  for (auto& cell : cells) cell = one_line(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::to_markdown() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(std::max<std::size_t>(3, display_width(columns_[c].title)));
    for (const auto& row : rows_) widths[c] = std::max(widths[c], display_width(row[c]));
  }
  std::string text = "|", rule = "|";
  const auto add_cell = [&](const std::string& cell, std::size_t c) {
    text.append(" ").append(padded(cell, widths[c], columns_[c].align)).append(" |");
  };
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const bool left = columns_[c].align == Align::left;
    add_cell(columns_[c].title, c);
    rule.append(left ? ":" : "-").append(widths[c], '-').append(left ? "-|" : ":|");
  }
  text.append("\n").append(rule).append("\n");
  for (const auto& row : rows_) {
    text.append("|");
    for (std::size_t c = 0; c < columns_.size(); ++c) add_cell(row[c], c);
    text.append("\n");
  }
  return text;
}

}  // namespace mpq::analysis
