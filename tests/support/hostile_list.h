#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace mpq::testing {

/// One file of the hostile list and what a reader must make of it.
struct HostileLine {
  std::string file, reader, expectation, fault, detail;
};

/// The folder of hostile files, "" if MPQ_DATA is not set.
inline std::string hostile_folder() {
  const char* data = std::getenv("MPQ_DATA");
  return data ? std::string(data) + "/hostile" : "";
}

/// All lines of the list, the heading too; none without MPQ_DATA.
inline std::vector<HostileLine> hostile_lines() {
  std::ifstream list(hostile_folder() + "/expected.tsv");
  std::vector<HostileLine> found;
  for (std::string row; std::getline(list, row);) {
    std::istringstream columns(row);
    HostileLine line;
    for (auto* column : {&line.file, &line.reader, &line.expectation, &line.fault, &line.detail})
      std::getline(columns, *column, '\t');
    found.push_back(line);
  }
  return found;
}

/// The lines that are for one of `readers`.
inline std::vector<HostileLine> hostile_lines(const std::vector<std::string>& readers) {
  auto lines = hostile_lines();
  std::erase_if(lines, [&](const auto& line) {
    return std::find(readers.begin(), readers.end(), line.reader) == readers.end();
  });
  return lines;
}

}  // namespace mpq::testing
