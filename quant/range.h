#pragma once

#include <cstdint>

namespace mpq::quant {

/// Smallest and largest integer code, both inclusive.
struct Range {
  std::int64_t min = 0, max = 0;
  bool operator==(const Range&) const = default;
};

/// Codes of `bits` bits (2 … 8 in practice): signed −2^(b−1) … 2^(b−1)−1 (symmetric: without the lowest), or
/// unsigned 0 … 2^b−1 (rfquant.md §3).
constexpr Range range_of(int bits, bool is_signed, bool symmetric = false) {
  if (!is_signed) return {0, (std::int64_t{1} << bits) - 1};
  const auto half = std::int64_t{1} << (bits - 1);
  return {symmetric ? 1 - half : -half, half - 1};
}

}  // namespace mpq::quant
