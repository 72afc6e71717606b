#include "analysis/csv.h"

#include <algorithm>

#include "core/error.h"

namespace mpq::analysis {
namespace {

struct RawRecord {
  int line = 0;
  std::vector<std::string> cells;
};

class Parser {
 public:
  Parser(const std::string& text, const std::string& file) : text_(text), file_(file) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // spreadsheets put a byte-order mark in front
  }

  std::vector<RawRecord> parse() {
    std::vector<RawRecord> records;
    while (at_ < text_.size()) {
      if (skip_line_without_content()) continue;
      records.push_back(record());
    }
    return records;
  }

 private:
  bool skip_line_without_content() {
    const auto end = std::min(text_.find('\n', at_), text_.size());
    const auto first = text_.find_first_not_of(" \t\r", at_);
    if (first != std::string::npos && first < end && text_[first] != '#') return false;
    at_ = end + 1;
    ++line_;
    return true;
  }

  RawRecord record() {
    RawRecord record{line_, {}};
    for (;;) {
      record.cells.push_back(cell());
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      if (at_ < text_.size()) ++at_;  // the line feed
      ++line_;
      return record;
    }
  }

  std::string cell() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const auto end = std::min(text_.find_first_of(",\n", at_), text_.size());
    auto cell = text_.substr(at_, end - at_);
    at_ = end;
    while (!cell.empty() && std::string(" \t\r").find(cell.back()) != std::string::npos) cell.pop_back();
    return cell;
  }

  std::string quoted() {
    const int opened = line_;
    std::string cell;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"')
        cell += text_[++at_];
      else if (text_[at_] == '"')
        return after_quote(cell);
      else
        cell += text_[at_];
      line_ += text_[at_] == '\n';
    }
    throw_input({"a quote is never closed", file_ + ":" + std::to_string(opened), "a closing \"", "add it"});
  }

  std::string after_quote(const std::string& cell) {
    ++at_;
    const auto end = std::min(text_.find_first_of(",\n", at_), text_.size());
    if (text_.find_first_not_of(" \t\r", at_) < end)
      throw_input({"text after a closing quote", file_ + ":" + std::to_string(line_),
                   "a comma or the end of the line", "write a quote inside a cell twice"});
    at_ = end;
    return cell;
  }

  const std::string& text_;
  const std::string& file_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<std::string> csv_columns(const std::string& text, const std::string& file) {
  const auto records = Parser(text, file).parse();
  if (records.empty())
    throw_input({"the file holds no table", file, "a first line that names the columns", "add it"});
  auto sorted = records.front().cells;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    throw_input({"column '" + *twice + "' is named twice", file + ":" + std::to_string(records.front().line),
                 "different names", "remove one of them"});
  return records.front().cells;
}

std::vector<CsvRecord> parse_csv(const std::string& text, const std::string& file) {
  const auto columns = csv_columns(text, file);
  auto raw = Parser(text, file).parse();
  std::vector<CsvRecord> records;
  for (std::size_t i = 1; i < raw.size(); ++i) {
    if (raw[i].cells.size() != columns.size())
      throw_input({"a record of " + std::to_string(raw[i].cells.size()) + " cells",
                   file + ":" + std::to_string(raw[i].line),
                   std::to_string(columns.size()) + " cells: " + join(columns),
                   "check commas and quotes of this line"});
    auto& record = records.emplace_back(CsvRecord{raw[i].line, {}});
    for (std::size_t c = 0; c < columns.size(); ++c) record.cells[columns[c]] = raw[i].cells[c];
  }
  return records;
}

std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n#") == std::string::npos &&
      (cell.empty() || (cell.front() != ' ' && cell.back() != ' ')))
    return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace mpq::analysis
