#pragma once

#include <map>
#include <string>
#include <vector>

namespace mpq::analysis {

/// One record of a CSV file: column → text, and the line it starts on.
struct CsvRecord {
  int line = 0;
  std::map<std::string, std::string> cells;
};

/// Parses RFC 4180 text (quotes, doubled quotes, line breaks inside quotes, LF or CRLF) whose first record
/// names the columns. Empty lines and lines that start with '#' are skipped. Blanks around unquoted cells are
/// dropped. Throws Error(input) with "file:line" for an unclosed quote, a record with another number of cells
/// than the header, or a column named twice.
std::vector<CsvRecord> parse_csv(const std::string& text, const std::string& file);

/// The columns of the header, in order.
std::vector<std::string> csv_columns(const std::string& text, const std::string& file);

/// `cell`, quoted if it has to be.
std::string csv_cell(const std::string& cell);

}  // namespace mpq::analysis
