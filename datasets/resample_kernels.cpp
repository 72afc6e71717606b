#include "datasets/resample_kernels.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#define HWY_COMPILE_ALL_ATTAINABLE
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "datasets/resample_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once per instruction set
// After foreach_target.h, as Highway demands.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mpq::datasets::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

// One pixel is four lanes, the fourth a neighbour's that nobody reads.
void resample_row_t(const std::uint8_t* source, const std::int32_t* weight, const std::int32_t* first,
                    const std::int32_t* count, int taps, int outputs, std::uint8_t* target) {
#if HWY_TARGET == HWY_SCALAR
  for (int i = 0; i < outputs; ++i, weight += taps)
    for (int c = 0; c < 3; ++c) {
      std::int32_t sum = kHalf;
      for (int t = 0; t < count[i]; ++t) sum += weight[t] * source[3 * (first[i] + t) + c];
      target[3 * i + c] = to_byte(sum);
    }
#else
  const hn::FixedTag<std::int32_t, 4> d32;
  const hn::FixedTag<std::uint8_t, 4> d8;
  std::uint8_t pixel[4];
  for (int i = 0; i < outputs; ++i, weight += taps) {
    const auto* at = source + 3 * static_cast<std::ptrdiff_t>(first[i]);
    auto sum = hn::Set(d32, kHalf);
    for (int t = 0; t < count[i]; ++t, at += 3)
      sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d32, hn::LoadU(d8, at)), hn::Set(d32, weight[t])));
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<kWeightBits>(sum)), d8, pixel);
    std::memcpy(target + 3 * static_cast<std::ptrdiff_t>(i), pixel, 3);
  }
#endif
}

void combine_rows_t(const std::uint8_t* const* rows, const std::int32_t* weight, int count,
                    std::int64_t bytes, std::uint8_t* target) {
  std::int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<std::int32_t> d32;
  const hn::Rebind<std::uint8_t, decltype(d32)> d8;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d32));
  for (; i + 2 * lanes <= bytes; i += 2 * lanes) {
    auto a = hn::Set(d32, kHalf), b = a;
    for (int t = 0; t < count; ++t) {
      const auto w = hn::Set(d32, weight[t]);
      a = hn::Add(a, hn::Mul(hn::PromoteTo(d32, hn::LoadU(d8, rows[t] + i)), w));
      b = hn::Add(b, hn::Mul(hn::PromoteTo(d32, hn::LoadU(d8, rows[t] + i + lanes)), w));
    }
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<kWeightBits>(a)), d8, target + i);
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<kWeightBits>(b)), d8, target + i + lanes);
  }
#endif
  for (; i < bytes; ++i) {
    std::int32_t sum = kHalf;
    for (int t = 0; t < count; ++t) sum += weight[t] * rows[t][i];
    target[i] = to_byte(sum);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace mpq::datasets::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mpq::datasets::kernels {
namespace {
HWY_EXPORT(resample_row_t);
HWY_EXPORT(combine_rows_t);
}  // namespace

void resample_row(const std::uint8_t* source, const std::int32_t* weight, const std::int32_t* first,
                  const std::int32_t* count, int taps, int outputs, std::uint8_t* target) {
  HWY_DYNAMIC_DISPATCH(resample_row_t)(source, weight, first, count, taps, outputs, target);
}

void combine_rows(const std::uint8_t* const* rows, const std::int32_t* weight, int count, std::int64_t bytes,
                  std::uint8_t* target) {
  HWY_DYNAMIC_DISPATCH(combine_rows_t)(rows, weight, count, bytes, target);
}

}  // namespace mpq::datasets::kernels
#endif  // HWY_ONCE
