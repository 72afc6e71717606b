#include "quant/kernels.h"

#include <algorithm>

// The scalar fallback is compiled even where the compiler's baseline is better: tests hold it to the others.
#define HWY_COMPILE_ALL_ATTAINABLE
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once per instruction set
// After foreach_target.h, as Highway demands.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mpq::quant::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <typename T>
using One = hn::CappedTag<T, 1>;  // runs the same code on what is left over of a vector

template <class D>
std::int64_t width(D d) {
  return static_cast<std::int64_t>(hn::Lanes(d));
}

// clamp(u, low, high) by comparisons, because what minimum and maximum do with NaN differs between
// instruction sets.
template <class D, class V>
HWY_INLINE V clamp(D, V u, V low, V high) {
  return hn::IfThenElse(hn::Lt(u, low), low, hn::IfThenElse(hn::Gt(u, high), high, u));
}

// Round half to even for |c| < 2^22: at 1.5·2^mantissa the spacing of floating-point numbers is one. Every
// instruction set gives the same bits (rounding instructions, where they exist, differ in details), and zero
// is always +0, as in (round(c) − c) + c.
template <class D, class V>
HWY_INLINE V round_code(D d, V c) {
  using T = hn::TFromD<D>;
  const auto magic = hn::Set(d, sizeof(T) == 4 ? T(0x1.8p23) : T(0x1.8p52));
  return hn::Sub(hn::Add(c, magic), magic);
}

// A step and its reciprocal.
template <typename T>
struct Divisor {
  T step, inverse;
  explicit Divisor(T s) : step(s), inverse(T(1) / s) {}

  // Far from where a remainder would leave the range of T.
  bool is_ordinary() const { return HWY_NATIVE_FMA && step > T(0x1p-60) && step < T(0x1p60); }
};

// x / step, correctly rounded: division is the slowest instruction here. With the rounded reciprocal at hand,
// one multiplication and two fused multiply-adds give its bits (Brisebarre, Muller and Raina, "Accelerating
// Correctly Rounded Floating-Point Division When the Divisor Is Known in Advance", IEEE Trans. Computers
// 2004, algorithm of Markstein), but for |x| < 2^-100, where the remainder may lose bits that no code depends
// on. A product that is not finite has no remainder.
template <bool kOrdinary, class D, typename T>
HWY_INLINE hn::Vec<D> quotient(D d, hn::Vec<D> x, Divisor<T> divisor) {
  const auto step = hn::Set(d, divisor.step);
  if constexpr (!kOrdinary) return hn::Div(x, step);
  const auto inverse = hn::Set(d, divisor.inverse);
  const auto product = hn::Mul(x, inverse);
  const auto corrected = hn::MulAdd(hn::NegMulAdd(product, step, x), inverse, product);
  return hn::IfThenElse(hn::Eq(corrected, corrected), corrected, product);
}

// Codes as numbers of type T.
template <bool kOrdinary, class D, typename T>
HWY_INLINE hn::Vec<D> codes_at(D d, const T* x, Divisor<T> divisor, T low, T high) {
  const auto u = quotient<kOrdinary>(d, hn::LoadU(d, x), divisor);
  return round_code(d, clamp(d, u, hn::Set(d, low), hn::Set(d, high)));
}

template <bool kOrdinary, typename T>
HWY_INLINE void quantize_t(const T* x, std::int64_t n, Divisor<T> divisor, Range range, T* y) {
  const hn::ScalableTag<T> d;
  const One<T> one;
  const T low = static_cast<T>(range.min), high = static_cast<T>(range.max), step = divisor.step;
  std::int64_t i = 0;
  for (; i + width(d) <= n; i += width(d))
    hn::StoreU(hn::Mul(codes_at<kOrdinary>(d, x + i, divisor, low, high), hn::Set(d, step)), d, y + i);
  for (; i < n; ++i)
    hn::StoreU(hn::Mul(codes_at<kOrdinary>(one, x + i, divisor, low, high), hn::Set(one, step)), one, y + i);
}

template <bool kOrdinary, typename T>
HWY_INLINE void codes_t(const T* x, std::int64_t n, Divisor<T> divisor, Range range, T* codes) {
  const hn::ScalableTag<T> d;
  const One<T> one;
  const T low = static_cast<T>(range.min), high = static_cast<T>(range.max);
  std::int64_t i = 0;
  for (; i + width(d) <= n; i += width(d))
    hn::StoreU(codes_at<kOrdinary>(d, x + i, divisor, low, high), d, codes + i);
  for (; i < n; ++i) hn::StoreU(codes_at<kOrdinary>(one, x + i, divisor, low, high), one, codes + i);
}

// Writes gx and returns the contributions to the step's gradient.
template <bool kOrdinary, class D, typename T>
HWY_INLINE hn::Vec<D> backward_at(D d, const T* x, const T* g, Divisor<T> divisor, T low, T high, T* gx) {
  const auto lowest = hn::Set(d, low), highest = hn::Set(d, high);
  const auto u = quotient<kOrdinary>(d, hn::LoadU(d, x), divisor);
  const auto gradient = hn::LoadU(d, g);
  const auto outside = hn::Or(hn::Lt(u, lowest), hn::Gt(u, highest));
  const auto code = round_code(d, clamp(d, u, lowest, highest));
  hn::StoreU(hn::IfThenZeroElse(outside, gradient), d, gx);
  return hn::Mul(gradient, hn::Sub(code, hn::IfThenZeroElse(outside, u)));
}

template <class D, class V>
HWY_INLINE double sum_of_lanes(D d, V v) {
  using T = hn::TFromD<D>;
  HWY_ALIGN T lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  double sum = 0;
  for (std::int64_t i = 0; i < width(d); ++i) sum += static_cast<double>(lanes[i]);
  return sum;
}

// Short sums in T, long ones in double: as exact as double throughout for a fraction of the conversions.
template <bool kOrdinary, typename T>
HWY_INLINE double backward_t(const T* x, const T* g, std::int64_t n, Divisor<T> divisor, Range range, T* gx) {
  constexpr std::int64_t kBlock = 1024;
  const hn::ScalableTag<T> d;
  const One<T> one;
  const T low = static_cast<T>(range.min), high = static_cast<T>(range.max);
  double sum = 0;
  std::int64_t i = 0;
  while (i + width(d) <= n) {
    const auto end = std::min(n, i + kBlock);
    auto even = hn::Zero(d), odd = hn::Zero(d);
    for (; i + 2 * width(d) <= end; i += 2 * width(d)) {
      even = hn::Add(even, backward_at<kOrdinary>(d, x + i, g + i, divisor, low, high, gx + i));
      const auto j = i + width(d);
      odd = hn::Add(odd, backward_at<kOrdinary>(d, x + j, g + j, divisor, low, high, gx + j));
    }
    for (; i + width(d) <= end; i += width(d))
      even = hn::Add(even, backward_at<kOrdinary>(d, x + i, g + i, divisor, low, high, gx + i));
    sum += sum_of_lanes(d, hn::Add(even, odd));
  }
  for (; i < n; ++i)
    sum += static_cast<double>(
        hn::GetLane(backward_at<kOrdinary>(one, x + i, g + i, divisor, low, high, gx + i)));
  return sum;
}

template <bool kOrdinary, class D, typename T>
HWY_INLINE std::int64_t turbulent_at(D d, const T* weight, Divisor<T> divisor, T low, T high,
                                     Turbulence<T> turbulence) {
  const auto w = hn::LoadU(d, weight);
  const auto code = codes_at<kOrdinary>(d, weight, divisor, low, high);
  const auto centre = hn::Mul(code, hn::Set(d, divisor.step)), half = hn::Set(d, turbulence.half_width);
  const auto lowest = hn::Eq(code, hn::Set(d, low)), highest = hn::Eq(code, hn::Set(d, high));
  const auto above = hn::AndNot(highest, hn::Gt(w, hn::Add(centre, half)));
  const auto inner = hn::AndNot(lowest, hn::Or(hn::Lt(w, hn::Sub(centre, half)), above));
  const auto outer = hn::And(lowest, hn::Gt(w, hn::Set(d, turbulence.lowest_edge)));
  return static_cast<std::int64_t>(hn::CountTrue(d, hn::Or(inner, outer)));
}

template <bool kOrdinary, typename T>
HWY_INLINE std::int64_t turbulent_t(const T* w, std::int64_t n, Divisor<T> divisor, Range range,
                                    Turbulence<T> turbulence) {
  const hn::ScalableTag<T> d;
  const One<T> one;
  const T low = static_cast<T>(range.min), high = static_cast<T>(range.max);
  std::int64_t count = 0, i = 0;
  for (; i + width(d) <= n; i += width(d))
    count += turbulent_at<kOrdinary>(d, w + i, divisor, low, high, turbulence);
  for (; i < n; ++i) count += turbulent_at<kOrdinary>(one, w + i, divisor, low, high, turbulence);
  return count;
}

// Highway's dispatch tables hold plain functions.
#define MPQ_WITH_DIVISOR(work, step, ...)       \
  [[maybe_unused]] const Divisor divisor(step); \
  return divisor.is_ordinary() ? work<HWY_NATIVE_FMA != 0>(__VA_ARGS__) : work<false>(__VA_ARGS__)
void quantize_f32(const float* x, std::int64_t n, float s, Range r, float* y) {
  MPQ_WITH_DIVISOR(quantize_t, s, x, n, divisor, r, y);
}
void codes_f32(const float* x, std::int64_t n, float s, Range r, float* q) {
  MPQ_WITH_DIVISOR(codes_t, s, x, n, divisor, r, q);
}
double backward_f32(const float* x, const float* g, std::int64_t n, float s, Range r, float* gx) {
  MPQ_WITH_DIVISOR(backward_t, s, x, g, n, divisor, r, gx);
}
std::int64_t turbulent_f32(const float* w, std::int64_t n, float s, Range r, Turbulence<float> t) {
  MPQ_WITH_DIVISOR(turbulent_t, s, w, n, divisor, r, t);
}
void quantize_f64(const double* x, std::int64_t n, double s, Range r, double* y) {
  MPQ_WITH_DIVISOR(quantize_t, s, x, n, divisor, r, y);
}
void codes_f64(const double* x, std::int64_t n, double s, Range r, double* q) {
  MPQ_WITH_DIVISOR(codes_t, s, x, n, divisor, r, q);
}
double backward_f64(const double* x, const double* g, std::int64_t n, double s, Range r, double* gx) {
  MPQ_WITH_DIVISOR(backward_t, s, x, g, n, divisor, r, gx);
}
std::int64_t turbulent_f64(const double* w, std::int64_t n, double s, Range r, Turbulence<double> t) {
  MPQ_WITH_DIVISOR(turbulent_t, s, w, n, divisor, r, t);
}
#undef MPQ_WITH_DIVISOR
std::int64_t target() { return HWY_TARGET; }

}  // namespace HWY_NAMESPACE
}  // namespace mpq::quant::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <hwy/targets.h>

#include "core/error.h"

namespace mpq::quant::kernels {
namespace {

HWY_EXPORT(quantize_f32);
HWY_EXPORT(quantize_f64);
HWY_EXPORT(codes_f32);
HWY_EXPORT(codes_f64);
HWY_EXPORT(backward_f32);
HWY_EXPORT(backward_f64);
HWY_EXPORT(turbulent_f32);
HWY_EXPORT(turbulent_f64);
HWY_EXPORT(target);

void codes_of(const float* x, std::int64_t n, float s, Range r, float* q) {
  HWY_DYNAMIC_DISPATCH(codes_f32)(x, n, s, r, q);
}
void codes_of(const double* x, std::int64_t n, double s, Range r, double* q) {
  HWY_DYNAMIC_DISPATCH(codes_f64)(x, n, s, r, q);
}

}  // namespace

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const auto bit : hwy::SupportedAndGeneratedTargets()) names.emplace_back(hwy::TargetName(bit));
  return names;
}

std::string instruction_set() { return hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)()); }

void use_instruction_set(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);
  if (name.empty()) return;
  for (const auto bit : hwy::SupportedAndGeneratedTargets())
    if (name == hwy::TargetName(bit)) return hwy::SetSupportedTargetsForTest(bit);
  throw_input({"instruction set '" + name + "' cannot be used", "vector kernels",
               "one of: " + join(instruction_sets()), "choose one that this machine has"});
}

template <>
void quantize(const float* x, std::int64_t n, float step, Range range, float* y) {
  HWY_DYNAMIC_DISPATCH(quantize_f32)(x, n, step, range, y);
}
template <>
void quantize(const double* x, std::int64_t n, double step, Range range, double* y) {
  HWY_DYNAMIC_DISPATCH(quantize_f64)(x, n, step, range, y);
}

template <typename T, typename Code>
void quantize_codes(const T* x, std::int64_t n, T step, Range range, Code* codes) {
  constexpr std::int64_t kBlock = 512;
  T block[kBlock];
  for (std::int64_t i = 0; i < n; i += kBlock) {
    const auto count = std::min(kBlock, n - i);
    codes_of(x + i, count, step, range, block);
    for (std::int64_t j = 0; j < count; ++j) codes[i + j] = static_cast<Code>(block[j]);
  }
}
template void quantize_codes(const float*, std::int64_t, float, Range, std::int32_t*);
template void quantize_codes(const float*, std::int64_t, float, Range, std::int8_t*);
template void quantize_codes(const double*, std::int64_t, double, Range, std::int32_t*);
template void quantize_codes(const double*, std::int64_t, double, Range, std::int8_t*);

template <>
double quantize_backward(const float* x, const float* g, std::int64_t n, float step, Range range, float* gx) {
  return HWY_DYNAMIC_DISPATCH(backward_f32)(x, g, n, step, range, gx);
}
template <>
double quantize_backward(const double* x, const double* g, std::int64_t n, double step, Range range,
                         double* gx) {
  return HWY_DYNAMIC_DISPATCH(backward_f64)(x, g, n, step, range, gx);
}

template <>
std::int64_t count_turbulent(const float* w, std::int64_t n, float step, Range range,
                             Turbulence<float> turbulence) {
  return HWY_DYNAMIC_DISPATCH(turbulent_f32)(w, n, step, range, turbulence);
}
template <>
std::int64_t count_turbulent(const double* w, std::int64_t n, double step, Range range,
                             Turbulence<double> turbulence) {
  return HWY_DYNAMIC_DISPATCH(turbulent_f64)(w, n, step, range, turbulence);
}

}  // namespace mpq::quant::kernels
#endif  // HWY_ONCE
