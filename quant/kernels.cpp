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

// Codes as numbers of type T.
template <class D, typename T>
HWY_INLINE hn::Vec<D> codes_at(D d, const T* x, T step, T low, T high) {
  const auto u = hn::Div(hn::LoadU(d, x), hn::Set(d, step));
  return round_code(d, clamp(d, u, hn::Set(d, low), hn::Set(d, high)));
}

template <typename T>
HWY_INLINE void quantize_t(const T* x, std::int64_t n, T step, Range range, T* y) {
  const hn::ScalableTag<T> d;
  const One<T> one;
  const T low = static_cast<T>(range.min), high = static_cast<T>(range.max);
  std::int64_t i = 0;
  for (; i + width(d) <= n; i += width(d))
    hn::StoreU(hn::Mul(codes_at(d, x + i, step, low, high), hn::Set(d, step)), d, y + i);
  for (; i < n; ++i)
    hn::StoreU(hn::Mul(codes_at(one, x + i, step, low, high), hn::Set(one, step)), one, y + i);
}

template <typename T>
HWY_INLINE void codes_t(const T* x, std::int64_t n, T step, Range range, T* codes) {
  const hn::ScalableTag<T> d;
  const One<T> one;
  const T low = static_cast<T>(range.min), high = static_cast<T>(range.max);
  std::int64_t i = 0;
  for (; i + width(d) <= n; i += width(d)) hn::StoreU(codes_at(d, x + i, step, low, high), d, codes + i);
  for (; i < n; ++i) hn::StoreU(codes_at(one, x + i, step, low, high), one, codes + i);
}

// Writes gx and returns the contributions to the step's gradient.
template <class D, typename T>
HWY_INLINE hn::Vec<D> backward_at(D d, const T* x, const T* g, T step, T low, T high, T* gx) {
  const auto lowest = hn::Set(d, low), highest = hn::Set(d, high);
  const auto u = hn::Div(hn::LoadU(d, x), hn::Set(d, step));
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
template <typename T>
HWY_INLINE double backward_t(const T* x, const T* g, std::int64_t n, T step, Range range, T* gx) {
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
      even = hn::Add(even, backward_at(d, x + i, g + i, step, low, high, gx + i));
      const auto j = i + width(d);
      odd = hn::Add(odd, backward_at(d, x + j, g + j, step, low, high, gx + j));
    }
    for (; i + width(d) <= end; i += width(d))
      even = hn::Add(even, backward_at(d, x + i, g + i, step, low, high, gx + i));
    sum += sum_of_lanes(d, hn::Add(even, odd));
  }
  for (; i < n; ++i)
    sum += static_cast<double>(hn::GetLane(backward_at(one, x + i, g + i, step, low, high, gx + i)));
  return sum;
}

template <class D, typename T>
HWY_INLINE std::int64_t turbulent_at(D d, const T* weight, T step, T low, T high, Turbulence<T> turbulence) {
  const auto w = hn::LoadU(d, weight);
  const auto code = codes_at(d, weight, step, low, high);
  const auto centre = hn::Mul(code, hn::Set(d, step)), half = hn::Set(d, turbulence.half_width);
  const auto lowest = hn::Eq(code, hn::Set(d, low)), highest = hn::Eq(code, hn::Set(d, high));
  const auto above = hn::AndNot(highest, hn::Gt(w, hn::Add(centre, half)));
  const auto inner = hn::AndNot(lowest, hn::Or(hn::Lt(w, hn::Sub(centre, half)), above));
  const auto outer = hn::And(lowest, hn::Gt(w, hn::Set(d, turbulence.lowest_edge)));
  return static_cast<std::int64_t>(hn::CountTrue(d, hn::Or(inner, outer)));
}

template <typename T>
HWY_INLINE std::int64_t turbulent_t(const T* w, std::int64_t n, T step, Range range,
                                    Turbulence<T> turbulence) {
  const hn::ScalableTag<T> d;
  const One<T> one;
  const T low = static_cast<T>(range.min), high = static_cast<T>(range.max);
  std::int64_t count = 0, i = 0;
  for (; i + width(d) <= n; i += width(d)) count += turbulent_at(d, w + i, step, low, high, turbulence);
  for (; i < n; ++i) count += turbulent_at(one, w + i, step, low, high, turbulence);
  return count;
}

// Highway's dispatch tables hold plain functions.
void quantize_f32(const float* x, std::int64_t n, float s, Range r, float* y) { quantize_t(x, n, s, r, y); }
void quantize_f64(const double* x, std::int64_t n, double s, Range r, double* y) {
  quantize_t(x, n, s, r, y);
}
void codes_f32(const float* x, std::int64_t n, float s, Range r, float* q) { codes_t(x, n, s, r, q); }
void codes_f64(const double* x, std::int64_t n, double s, Range r, double* q) { codes_t(x, n, s, r, q); }
double backward_f32(const float* x, const float* g, std::int64_t n, float s, Range r, float* gx) {
  return backward_t(x, g, n, s, r, gx);
}
double backward_f64(const double* x, const double* g, std::int64_t n, double s, Range r, double* gx) {
  return backward_t(x, g, n, s, r, gx);
}
std::int64_t turbulent_f32(const float* w, std::int64_t n, float s, Range r, Turbulence<float> t) {
  return turbulent_t(w, n, s, r, t);
}
std::int64_t turbulent_f64(const double* w, std::int64_t n, double s, Range r, Turbulence<double> t) {
  return turbulent_t(w, n, s, r, t);
}
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
