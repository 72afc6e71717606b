#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace mpq::testing {

/// A number of /proc/self/status, in KiB; -1 if it is not there.
inline std::int64_t status_kib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string row; std::getline(status, row);)
    if (row.starts_with(field + ":")) return std::stoll(row.substr(field.size() + 1));
  return -1;
}

/// The peak of memory (VmHWM) counts from what is held now; false where the kernel does not offer it.
inline bool reset_peak() {
  std::ofstream clear("/proc/self/clear_refs");
  clear << "5" << std::flush;
  return clear.good();
}

}  // namespace mpq::testing
