#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "core/random.h"
#include "quant/kernels.h"

// The definitions of rfquant.md §3 and §8.1, one number at a time.
namespace mpq::quant::oracle {

template <typename T>
T clamp(T v, T low, T high) {
  return v < low ? low : v > high ? high : v;
}

template <typename T>
T code(T x, T step, Range r) {
  const T c = clamp(x / step, static_cast<T>(r.min), static_cast<T>(r.max));
  return (std::nearbyint(c) - c) + c;  // half to even in the default rounding mode
}

template <typename T>
struct Gradient {
  T x, step;
};

template <typename T>
Gradient<T> gradient(T x, T g, T step, Range r) {
  const T u = x / step;
  if (u < static_cast<T>(r.min)) return {0, g * static_cast<T>(r.min)};
  if (u > static_cast<T>(r.max)) return {0, g * static_cast<T>(r.max)};
  return {g, g * (code(x, step, r) - u)};
}

template <typename T>
bool turbulent(T w, T step, Range r, double proportion) {
  const double keep = 1 - proportion;
  const T q = code(w, step, r), half = step / 2 * static_cast<T>(keep);
  if (q == static_cast<T>(r.min)) return w > step * static_cast<T>(static_cast<double>(r.min) + keep / 2);
  if (q == static_cast<T>(r.max)) return w < q * step - half;
  return w < q * step - half || w > q * step + half;
}

/// Equal to the last bit, sign of zero included; any NaN equals any other.
template <typename T>
bool same_bits(T a, T b) {
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<U>(a) == std::bit_cast<U>(b);
}

template <typename T>
std::vector<T> normals(std::int64_t n, std::uint64_t seed, double scale = 1, double mean = 0) {
  RandomStream stream(seed, "test");
  std::vector<T> values(static_cast<std::size_t>(n));
  for (auto& v : values) v = static_cast<T>(mean + scale * stream.normal());
  return values;
}

/// Random values on the scale of the grid, among them ties, both bounds and their neighbours, zeros of both
/// signs, denormals, huge values and infinities.
template <typename T>
std::vector<T> awkward(std::int64_t n, T step, Range r, std::uint64_t seed) {
  RandomStream stream(seed, "awkward");
  const auto span = static_cast<double>(r.max - r.min + 4);
  using Limits = std::numeric_limits<T>;
  std::vector<T> values(static_cast<std::size_t>(n));
  for (auto& v : values) {
    const auto level =
        static_cast<T>(r.min - 1 + static_cast<std::int64_t>(stream.below(static_cast<std::uint32_t>(span))));
    const T tie = (level + T(0.5)) * step, edge = level * step;
    const T special[] = {tie,
                         edge,
                         std::nextafter(tie, Limits::infinity()),
                         std::nextafter(edge, -Limits::infinity()),
                         T(0),
                         -T(0),
                         Limits::denorm_min(),
                         -Limits::denorm_min() * 17,
                         Limits::max(),
                         Limits::infinity(),
                         -Limits::infinity(),
                         T(0.49999997) * step};
    const auto pick = stream.below(24);
    v = pick < 12 ? special[pick]
                  : static_cast<T>((static_cast<double>(r.min) - 2 + span * stream.uniform()) * step);
  }
  return values;
}

/// Runs a test under one instruction set.
class OnInstructionSet : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { kernels::use_instruction_set(GetParam()); }
  void TearDown() override { kernels::use_instruction_set(""); }
};
inline std::string test_name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

}  // namespace mpq::quant::oracle
