#pragma once

#include <algorithm>

#include "models/network.h"

namespace mpq::models {

/// The nearest multiple of `divisor`, at least that, and not more than a tenth below `value`: how published
/// mobile networks round scaled widths.
inline std::int64_t make_divisible(double value, std::int64_t divisor = 8) {
  const auto rounded = std::max(
      divisor, static_cast<std::int64_t>(value + static_cast<double>(divisor) / 2) / divisor * divisor);
  return static_cast<double>(rounded) < 0.9 * value ? rounded + divisor : rounded;
}

}  // namespace mpq::models
