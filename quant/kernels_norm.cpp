#include <algorithm>
#include <numeric>
#include <vector>

#include "quant/kernels.h"

#define HWY_COMPILE_ALL_ATTAINABLE
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/kernels_norm.cpp"
#include <hwy/foreach_target.h>  // compiles this file once per instruction set
// After foreach_target.h, as Highway demands.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mpq::quant::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Whatever the number of channels, vectors stay full: k rows side by side are read as one wide row whose
// width k·channels is a multiple of four vectors. A wide row is walked in groups of four vectors, down the
// rows of a strip, so that parameters and sums stay in registers. Fewer than k rows at the end are handled
// one by one.
struct WideRows {
  std::int64_t width, count, rest;  // values in a wide row, wide rows, rows left over

  template <class D>
  WideRows(D d, std::int64_t rows, std::int64_t channels) {
    const auto group = 4 * static_cast<std::int64_t>(hn::Lanes(d));
    const auto k = group / std::gcd(group, channels);
    width = k * channels, count = rows / k, rest = rows % k;
  }
  std::int64_t done() const { return width * count; }  // values in all wide rows
};

// One parameter per channel, repeated to the width of a wide row.
template <typename T>
class Tiled {
 public:
  Tiled(const T* values, std::int64_t channels, std::int64_t width) : values_(values) {
    if (width == channels) return;
    copy_.resize(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < width; i += channels) std::copy_n(values, channels, copy_.data() + i);
    values_ = copy_.data();
  }
  const T* at(std::int64_t i) const { return values_ + i; }

 private:
  const T* values_;
  std::vector<T> copy_;
};

// Sums in T run down at most this many wide rows, then go on in double.
constexpr std::int64_t kStrip = 32;

template <class D, class V>
HWY_INLINE void add_lanes(D d, V v, double* sums) {
  using T = hn::TFromD<D>;
  HWY_ALIGN T lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) sums[i] += static_cast<double>(lanes[i]);
}

template <class D, class V>
HWY_INLINE void add_four(D d, V v0, V v1, V v2, V v3, double* sums) {
  const auto n = hn::Lanes(d);
  add_lanes(d, v0, sums);
  add_lanes(d, v1, sums + n);
  add_lanes(d, v2, sums + 2 * n);
  add_lanes(d, v3, sums + 3 * n);
}

// Adds up the copies of each channel in a wide row.
void fold(const std::vector<double>& wide, std::int64_t channels, double* sums) {
  std::fill_n(sums, channels, 0.0);
  for (std::size_t i = 0; i < wide.size(); i += static_cast<std::size_t>(channels))
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += wide[i + static_cast<std::size_t>(c)];
}

template <typename T>
HWY_INLINE void sum_rows(const T* x, const WideRows& rows, std::vector<double>& sums) {
  const hn::ScalableTag<T> d;
  const auto n = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t first = 0; first < rows.count; first += kStrip) {
    const auto last = std::min(rows.count, first + kStrip);
    for (std::int64_t c = 0; c < rows.width; c += 4 * n) {
      auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
      for (auto row = first; row < last; ++row) {
        const T* p = x + row * rows.width + c;
        s0 = hn::Add(s0, hn::LoadU(d, p));
        s1 = hn::Add(s1, hn::LoadU(d, p + n));
        s2 = hn::Add(s2, hn::LoadU(d, p + 2 * n));
        s3 = hn::Add(s3, hn::LoadU(d, p + 3 * n));
      }
      add_four(d, s0, s1, s2, s3, &sums[c]);
    }
  }
}

template <class D, typename T, class V>
HWY_INLINE V add_square(D d, V sum, const T* x, V mean) {
  const auto centred = hn::Sub(hn::LoadU(d, x), mean);
  return hn::MulAdd(centred, centred, sum);
}

template <typename T>
HWY_INLINE void sum_squares(const T* x, const WideRows& rows, const Tiled<T>& mean,
                            std::vector<double>& sums) {
  const hn::ScalableTag<T> d;
  const auto n = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t first = 0; first < rows.count; first += kStrip) {
    const auto last = std::min(rows.count, first + kStrip);
    for (std::int64_t c = 0; c < rows.width; c += 4 * n) {
      const auto m0 = hn::LoadU(d, mean.at(c)), m1 = hn::LoadU(d, mean.at(c + n));
      const auto m2 = hn::LoadU(d, mean.at(c + 2 * n)), m3 = hn::LoadU(d, mean.at(c + 3 * n));
      auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
      for (auto row = first; row < last; ++row) {
        const T* p = x + row * rows.width + c;
        s0 = add_square(d, s0, p, m0);
        s1 = add_square(d, s1, p + n, m1);
        s2 = add_square(d, s2, p + 2 * n, m2);
        s3 = add_square(d, s3, p + 3 * n, m3);
      }
      add_four(d, s0, s1, s2, s3, &sums[c]);
    }
  }
}

// Two sweeps over a chunk that stays in the cache: exact also where the mean is large against the deviation.
// (What rounding the mean to T adds to the squares is of the order of its rounding error squared.)
template <typename T>
HWY_INLINE void moments_t(const T* x, std::int64_t rows, std::int64_t channels, double* sum,
                          double* squares) {
  const WideRows wide(hn::ScalableTag<T>(), rows, channels);
  const T* tail = x + wide.done();
  std::vector<double> sums(static_cast<std::size_t>(wide.width), 0.0);
  sum_rows(x, wide, sums);
  fold(sums, channels, sum);
  for (std::int64_t i = 0; i < wide.rest * channels; ++i) sum[i % channels] += static_cast<double>(tail[i]);

  std::vector<T> mean(static_cast<std::size_t>(channels));
  const auto count = static_cast<double>(rows);
  for (std::int64_t c = 0; c < channels; ++c) mean[c] = static_cast<T>(sum[c] / count);
  std::fill(sums.begin(), sums.end(), 0.0);
  sum_squares(x, wide, Tiled<T>(mean.data(), channels, wide.width), sums);
  fold(sums, channels, squares);
  for (std::int64_t i = 0; i < wide.rest * channels; ++i) {
    const auto centred = static_cast<double>(tail[i]) - static_cast<double>(mean[i % channels]);
    squares[i % channels] += centred * centred;
  }
}

// clamp by comparisons: NaN stays NaN on every instruction set.
template <class D, class V>
HWY_INLINE V clamp(D, V v, V low, V high) {
  return hn::IfThenElse(hn::Lt(v, low), low, hn::IfThenElse(hn::Gt(v, high), high, v));
}

// Multiplies, then adds: fused, instruction sets would differ, and so would a mask that is recomputed.
template <class D, typename T, class V>
HWY_INLINE V affine(D d, const T* x, V scale, V shift) {
  return hn::Add(hn::Mul(hn::LoadU(d, x), scale), shift);
}

template <bool kResidual, class D, typename T, class V>
HWY_INLINE void apply_at(D d, const T* x, const T* residual, V scale, V shift, V low, V high, T* y) {
  auto v = affine(d, x, scale, shift);
  if constexpr (kResidual) v = hn::Add(v, hn::LoadU(d, residual));
  hn::StoreU(clamp(d, v, low, high), d, y);
}

template <bool kResidual, typename T>
HWY_INLINE void apply_t(const T* x, const T* residual, std::int64_t rows, std::int64_t channels,
                        const T* scale, const T* shift, Bounds<T> bounds, T* y) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto n = static_cast<std::int64_t>(hn::Lanes(d));
  const WideRows wide(d, rows, channels);
  const Tiled<T> a(scale, channels, wide.width), b(shift, channels, wide.width);
  const auto low = hn::Set(d, bounds.low), high = hn::Set(d, bounds.high);
  for (std::int64_t c = 0; c < wide.width; c += 4 * n) {
    const auto a0 = hn::LoadU(d, a.at(c)), a1 = hn::LoadU(d, a.at(c + n));
    const auto a2 = hn::LoadU(d, a.at(c + 2 * n)), a3 = hn::LoadU(d, a.at(c + 3 * n));
    const auto b0 = hn::LoadU(d, b.at(c)), b1 = hn::LoadU(d, b.at(c + n));
    const auto b2 = hn::LoadU(d, b.at(c + 2 * n)), b3 = hn::LoadU(d, b.at(c + 3 * n));
    for (auto i = c; i < wide.done(); i += wide.width) {
      apply_at<kResidual>(d, x + i, residual + i, a0, b0, low, high, y + i);
      apply_at<kResidual>(d, x + i + n, residual + i + n, a1, b1, low, high, y + i + n);
      apply_at<kResidual>(d, x + i + 2 * n, residual + i + 2 * n, a2, b2, low, high, y + i + 2 * n);
      apply_at<kResidual>(d, x + i + 3 * n, residual + i + 3 * n, a3, b3, low, high, y + i + 3 * n);
    }
  }
  for (auto i = wide.done(); i < rows * channels; ++i)
    apply_at<kResidual>(one, x + i, residual + i, hn::Set(one, scale[i % channels]),
                        hn::Set(one, shift[i % channels]), hn::Set(one, bounds.low),
                        hn::Set(one, bounds.high), y + i);
}

// The gradient where the output lies strictly within the bounds.
template <class D, class V>
HWY_INLINE V masked(D, V output, V g, V low, V high) {
  return hn::IfThenElseZero(hn::And(hn::Gt(output, low), hn::Lt(output, high)), g);
}

// What one position of the backward pass reads and writes; y and m are null together.
template <typename T>
struct Streams {
  const T *x, *y, *g;
  T* m;
};

template <bool kStored, class D, typename T, class V>
HWY_INLINE void add_products(D d, const Streams<T>& s, std::int64_t i, V mean, V scale, V shift, V low,
                             V high, V& sum_m, V& sum_mx) {
  const auto x = hn::LoadU(d, s.x + i);
  V output;
  if constexpr (kStored) {
    output = hn::LoadU(d, s.y + i);
  } else {
    output = hn::Add(hn::Mul(x, scale), shift);
  }
  const auto m = masked(d, output, hn::LoadU(d, s.g + i), low, high);
  if constexpr (kStored) hn::StoreU(m, d, s.m + i);
  sum_m = hn::Add(sum_m, m);
  sum_mx = hn::MulAdd(m, hn::Sub(x, mean), sum_mx);
}

template <bool kStored, typename T>
HWY_INLINE void sums_t(const Streams<T>& s, std::int64_t rows, std::int64_t channels, const T* mean,
                       const T* scale, const T* shift, Bounds<T> bounds, double* sum_m, double* sum_mx) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto n = static_cast<std::int64_t>(hn::Lanes(d));
  const WideRows wide(d, rows, channels);
  const Tiled<T> centre(mean, channels, wide.width), a(scale, channels, wide.width),
      b(shift, channels, wide.width);
  const auto low = hn::Set(d, bounds.low), high = hn::Set(d, bounds.high);
  std::vector<double> wide_m(static_cast<std::size_t>(wide.width), 0.0), wide_mx(wide_m);
  for (std::int64_t first = 0; first < wide.count; first += kStrip) {
    const auto end = std::min(wide.count, first + kStrip) * wide.width;
    for (std::int64_t c = 0; c < wide.width; c += 4 * n) {
      const auto u0 = hn::LoadU(d, centre.at(c)), u1 = hn::LoadU(d, centre.at(c + n));
      const auto u2 = hn::LoadU(d, centre.at(c + 2 * n)), u3 = hn::LoadU(d, centre.at(c + 3 * n));
      const auto a0 = hn::LoadU(d, a.at(c)), a1 = hn::LoadU(d, a.at(c + n));
      const auto a2 = hn::LoadU(d, a.at(c + 2 * n)), a3 = hn::LoadU(d, a.at(c + 3 * n));
      const auto b0 = hn::LoadU(d, b.at(c)), b1 = hn::LoadU(d, b.at(c + n));
      const auto b2 = hn::LoadU(d, b.at(c + 2 * n)), b3 = hn::LoadU(d, b.at(c + 3 * n));
      auto m0 = hn::Zero(d), m1 = m0, m2 = m0, m3 = m0, mx0 = m0, mx1 = m0, mx2 = m0, mx3 = m0;
      for (auto i = first * wide.width + c; i < end; i += wide.width) {
        add_products<kStored>(d, s, i, u0, a0, b0, low, high, m0, mx0);
        add_products<kStored>(d, s, i + n, u1, a1, b1, low, high, m1, mx1);
        add_products<kStored>(d, s, i + 2 * n, u2, a2, b2, low, high, m2, mx2);
        add_products<kStored>(d, s, i + 3 * n, u3, a3, b3, low, high, m3, mx3);
      }
      add_four(d, m0, m1, m2, m3, &wide_m[c]);
      add_four(d, mx0, mx1, mx2, mx3, &wide_mx[c]);
    }
  }
  fold(wide_m, channels, sum_m);
  fold(wide_mx, channels, sum_mx);
  for (auto i = wide.done(); i < rows * channels; ++i) {
    const auto c = i % channels;
    auto m = hn::Zero(one), mx = m;
    add_products<kStored>(one, s, i, hn::Set(one, mean[c]), hn::Set(one, scale[c]), hn::Set(one, shift[c]),
                          hn::Set(one, bounds.low), hn::Set(one, bounds.high), m, mx);
    sum_m[c] += static_cast<double>(hn::GetLane(m));
    sum_mx[c] += static_cast<double>(hn::GetLane(mx));
  }
}

template <class D, typename T, class V>
HWY_INLINE void input_gradient(D d, const T* x_at, const T* g, V mean, V scale, V shift, V centre, V slope,
                               V low, V high, T* gx) {
  const auto x = hn::LoadU(d, x_at);
  const auto m = masked(d, hn::Add(hn::Mul(x, scale), shift), hn::LoadU(d, g), low, high);
  const auto along = hn::Mul(hn::Sub(x, mean), slope);
  hn::StoreU(hn::Mul(hn::Sub(hn::Sub(m, centre), along), scale), d, gx);
}

template <typename T>
HWY_INLINE void gradient_t(const T* x, const T* g, std::int64_t rows, std::int64_t channels,
                           const NormBackward<T>& p, T* gx) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const auto n = static_cast<std::int64_t>(hn::Lanes(d));
  const WideRows wide(d, rows, channels);
  const Tiled<T> mean(p.mean, channels, wide.width), scale(p.scale, channels, wide.width);
  const Tiled<T> shift(p.shift, channels, wide.width), centre(p.centre, channels, wide.width);
  const Tiled<T> slope(p.slope, channels, wide.width);
  const auto low = hn::Set(d, p.bounds.low), high = hn::Set(d, p.bounds.high);
  for (std::int64_t c = 0; c < wide.width; c += 4 * n) {
    const auto u0 = hn::LoadU(d, mean.at(c)), u1 = hn::LoadU(d, mean.at(c + n));
    const auto u2 = hn::LoadU(d, mean.at(c + 2 * n)), u3 = hn::LoadU(d, mean.at(c + 3 * n));
    const auto a0 = hn::LoadU(d, scale.at(c)), a1 = hn::LoadU(d, scale.at(c + n));
    const auto a2 = hn::LoadU(d, scale.at(c + 2 * n)), a3 = hn::LoadU(d, scale.at(c + 3 * n));
    const auto b0 = hn::LoadU(d, shift.at(c)), b1 = hn::LoadU(d, shift.at(c + n));
    const auto b2 = hn::LoadU(d, shift.at(c + 2 * n)), b3 = hn::LoadU(d, shift.at(c + 3 * n));
    const auto e0 = hn::LoadU(d, centre.at(c)), e1 = hn::LoadU(d, centre.at(c + n));
    const auto e2 = hn::LoadU(d, centre.at(c + 2 * n)), e3 = hn::LoadU(d, centre.at(c + 3 * n));
    const auto k0 = hn::LoadU(d, slope.at(c)), k1 = hn::LoadU(d, slope.at(c + n));
    const auto k2 = hn::LoadU(d, slope.at(c + 2 * n)), k3 = hn::LoadU(d, slope.at(c + 3 * n));
    for (auto i = c; i < wide.done(); i += wide.width) {
      input_gradient(d, x + i, g + i, u0, a0, b0, e0, k0, low, high, gx + i);
      input_gradient(d, x + i + n, g + i + n, u1, a1, b1, e1, k1, low, high, gx + i + n);
      input_gradient(d, x + i + 2 * n, g + i + 2 * n, u2, a2, b2, e2, k2, low, high, gx + i + 2 * n);
      input_gradient(d, x + i + 3 * n, g + i + 3 * n, u3, a3, b3, e3, k3, low, high, gx + i + 3 * n);
    }
  }
  for (auto i = wide.done(); i < rows * channels; ++i) {
    const auto c = i % channels;
    const auto value = [&](const T* values) HWY_ATTR { return hn::Set(one, values[c]); };
    input_gradient(one, x + i, g + i, value(p.mean), value(p.scale), value(p.shift), value(p.centre),
                   value(p.slope), hn::Set(one, p.bounds.low), hn::Set(one, p.bounds.high), gx + i);
  }
}

// Highway's dispatch tables hold plain functions: one of each per type.
#define MPQ_NORM_KERNELS(T, suffix)                                                                   \
  void moments_##suffix(const T* x, std::int64_t rows, std::int64_t channels, double* sum,            \
                        double* squares) {                                                            \
    moments_t(x, rows, channels, sum, squares);                                                       \
  }                                                                                                   \
  void apply_##suffix(const T* x, const T* residual, std::int64_t rows, std::int64_t channels,        \
                      const T* scale, const T* shift, Bounds<T> bounds, T* y) {                       \
    if (residual) return apply_t<true>(x, residual, rows, channels, scale, shift, bounds, y);         \
    apply_t<false>(x, x, rows, channels, scale, shift, bounds, y);                                    \
  }                                                                                                   \
  void sums_##suffix(const T* x, const T* y, const T* g, std::int64_t rows, std::int64_t channels,    \
                     const NormBackward<T>& p, T* m, double* sum_m, double* sum_mx) {                 \
    const Streams<T> s{x, y, g, m};                                                                   \
    if (y) return sums_t<true>(s, rows, channels, p.mean, p.scale, p.shift, p.bounds, sum_m, sum_mx); \
    sums_t<false>(s, rows, channels, p.mean, p.scale, p.shift, p.bounds, sum_m, sum_mx);              \
  }                                                                                                   \
  void gradient_##suffix(const T* x, const T* g, std::int64_t rows, std::int64_t channels,            \
                         const NormBackward<T>& p, T* gx) {                                           \
    gradient_t(x, g, rows, channels, p, gx);                                                          \
  }
MPQ_NORM_KERNELS(float, f32)
MPQ_NORM_KERNELS(double, f64)
#undef MPQ_NORM_KERNELS

}  // namespace HWY_NAMESPACE
}  // namespace mpq::quant::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mpq::quant::kernels {

std::int64_t rows_per_chunk(std::int64_t channels) {
  const auto rows = (kGrain / channels + 63) / 64 * 64;  // a multiple of the rows in a wide row
  return std::clamp<std::int64_t>(rows, 64, 4096);
}

#define MPQ_NORM_KERNELS(T, suffix)                                                                          \
  HWY_EXPORT(moments_##suffix);                                                                              \
  HWY_EXPORT(apply_##suffix);                                                                                \
  HWY_EXPORT(sums_##suffix);                                                                                 \
  HWY_EXPORT(gradient_##suffix);                                                                             \
  template <>                                                                                                \
  void channel_moments(const T* x, std::int64_t rows, std::int64_t channels, double* sum, double* squares) { \
    HWY_DYNAMIC_DISPATCH(moments_##suffix)(x, rows, channels, sum, squares);                                 \
  }                                                                                                          \
  template <>                                                                                                \
  void norm_act(const T* x, const T* residual, std::int64_t rows, std::int64_t channels, const T* scale,     \
                const T* shift, Bounds<T> bounds, T* y) {                                                    \
    HWY_DYNAMIC_DISPATCH(apply_##suffix)(x, residual, rows, channels, scale, shift, bounds, y);              \
  }                                                                                                          \
  template <>                                                                                                \
  void norm_act_backward_sums(const T* x, const T* y, const T* g, std::int64_t rows, std::int64_t channels,  \
                              const NormBackward<T>& p, T* m, double* sum_m, double* sum_mx) {               \
    HWY_DYNAMIC_DISPATCH(sums_##suffix)(x, y, g, rows, channels, p, m, sum_m, sum_mx);                       \
  }                                                                                                          \
  template <>                                                                                                \
  void norm_act_backward(const T* x, const T* g, std::int64_t rows, std::int64_t channels,                   \
                         const NormBackward<T>& p, T* gx) {                                                  \
    HWY_DYNAMIC_DISPATCH(gradient_##suffix)(x, g, rows, channels, p, gx);                                    \
  }
MPQ_NORM_KERNELS(float, f32)
MPQ_NORM_KERNELS(double, f64)
#undef MPQ_NORM_KERNELS

}  // namespace mpq::quant::kernels
#endif  // HWY_ONCE
