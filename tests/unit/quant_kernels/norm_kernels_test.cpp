#include <gtest/gtest.h>

#include "quant/kernels.h"
#include "tests/unit/quant_kernels/oracle.h"

namespace mpq::quant {
namespace {

using oracle::normals;
using oracle::same_bits;

class NormKernels : public oracle::OnInstructionSet {};
INSTANTIATE_TEST_SUITE_P(All, NormKernels, ::testing::ValuesIn(kernels::instruction_sets()),
                         oracle::test_name);

struct Shape {
  std::int64_t rows, channels;
};
std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (const std::int64_t channels : {1, 2, 3, 7, 8, 10, 16, 17, 24, 48, 64, 130})
    for (const std::int64_t rows : {1, 2, 5, 31, 63, 64, 65, 300}) all.push_back({rows, channels});
  all.push_back({3000, 16});
  return all;
}

template <typename T>
std::vector<kernels::Bounds<T>> all_bounds() {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  return {{-kInfinity, kInfinity}, {T(0), kInfinity}, {T(0), T(6)}};
}

template <typename T>
void expect_moments(double mean, double tolerance) {
  for (const auto& [rows, channels] : shapes()) {
    SCOPED_TRACE(::testing::Message() << rows << " rows, " << channels << " channels");
    const auto x = normals<T>(rows * channels, 11, 1.0, mean);
    std::vector<double> sum(channels, -1), squares(channels, -1);
    kernels::channel_moments(x.data(), rows, channels, sum.data(), squares.data());
    for (std::int64_t c = 0; c < channels; ++c) {
      long double total = 0, deviation = 0;
      for (std::int64_t r = 0; r < rows; ++r) total += x[r * channels + c];
      const auto average = total / rows;
      for (std::int64_t r = 0; r < rows; ++r)
        deviation += (x[r * channels + c] - average) * (x[r * channels + c] - average);
      const auto scale = static_cast<double>(rows) * (std::abs(mean) + 1);
      ASSERT_NEAR(sum[c], static_cast<double>(total), tolerance * scale);
      ASSERT_NEAR(squares[c], static_cast<double>(deviation),
                  10 * tolerance * static_cast<double>(deviation + rows));
    }
  }
}
// Sums of at most 32 values in float, then double.
TEST_P(NormKernels, GiveMomentsInFloat) { expect_moments<float>(0, 5e-7); }
TEST_P(NormKernels, GiveMomentsInDouble) { expect_moments<double>(0, 1e-14); }
// E[x²] − E[x]² would lose everything here: 4096² against a variance of 1.
TEST_P(NormKernels, KeepTheVarianceUnderALargeMeanInFloat) { expect_moments<float>(4096, 5e-7); }

template <typename T>
void expect_forward() {
  for (const auto& [rows, channels] : shapes())
    for (const bool with_residual : {false, true})
      for (const auto& bounds : all_bounds<T>()) {
        SCOPED_TRACE(::testing::Message()
                     << rows << " rows, " << channels << " channels, high " << bounds.high);
        const auto n = rows * channels;
        const auto x = normals<T>(n, 1, 3), residual = normals<T>(n, 2, 3);
        const auto scale = normals<T>(channels, 3), shift = normals<T>(channels, 4);
        std::vector<T> y(n + 1, T(-77));
        kernels::norm_act(x.data(), with_residual ? residual.data() : nullptr, rows, channels, scale.data(),
                          shift.data(), bounds, y.data());
        for (std::int64_t i = 0; i < n; ++i) {
          T v = x[i] * scale[i % channels] + shift[i % channels];
          if (with_residual) v += residual[i];
          ASSERT_TRUE(same_bits(y[i], oracle::clamp(v, bounds.low, bounds.high))) << i;
        }
        ASSERT_EQ(y[n], T(-77));
      }
}
TEST_P(NormKernels, ApplyNormResidualAndActivationInFloat) { expect_forward<float>(); }
TEST_P(NormKernels, ApplyNormResidualAndActivationInDouble) { expect_forward<double>(); }

template <typename T>
struct BackwardCase {
  std::int64_t rows, channels;
  std::vector<T> x, g, mean, scale, shift, centre, slope, y, m;
  kernels::Bounds<T> bounds;

  BackwardCase(Shape shape, kernels::Bounds<T> b) : rows(shape.rows), channels(shape.channels), bounds(b) {
    const auto n = rows * channels;
    x = normals<T>(n, 5, 3), g = normals<T>(n, 6), mean = normals<T>(channels, 7),
    scale = normals<T>(channels, 8);
    shift = normals<T>(channels, 9), centre = normals<T>(channels, 10), slope = normals<T>(channels, 12);
    for (std::int64_t i = 0; i < n; ++i) {
      const T v = x[i] * scale[i % channels] + shift[i % channels];
      y.push_back(oracle::clamp(v, b.low, b.high));
      m.push_back(v > b.low && v < b.high ? g[i] : T(0));
    }
  }
  kernels::NormBackward<T> parameters() const {
    return {mean.data(), scale.data(), shift.data(), centre.data(), slope.data(), bounds};
  }
};

template <typename T>
void expect_sums(const BackwardCase<T>& c, const std::vector<double>& sum_m,
                 const std::vector<double>& sum_mx, double tolerance) {
  for (std::int64_t k = 0; k < c.channels; ++k) {
    double m = 0, mx = 0, absolute_m = 0, absolute_mx = 0;
    for (std::int64_t i = k; i < c.rows * c.channels; i += c.channels) {
      const double one = c.m[i],
                   product = one * (static_cast<double>(c.x[i]) - static_cast<double>(c.mean[k]));
      m += one, mx += product, absolute_m += std::abs(one), absolute_mx += std::abs(product);
    }
    ASSERT_NEAR(sum_m[k], m, tolerance * absolute_m);
    ASSERT_NEAR(sum_mx[k], mx, tolerance * absolute_mx);
  }
}

template <typename T>
void expect_backward(double tolerance) {
  for (const auto& shape : shapes())
    for (const auto& bounds : all_bounds<T>()) {
      SCOPED_TRACE(::testing::Message()
                   << shape.rows << " rows, " << shape.channels << " channels, " << bounds.high);
      const BackwardCase<T> c(shape, bounds);
      const auto n = c.rows * c.channels;
      std::vector<double> sum_m(c.channels, -1), sum_mx(c.channels, -1);
      std::vector<T> masked(n + 1, T(-77)), gx(n + 1, T(-77));

      kernels::norm_act_backward_sums<T>(c.x.data(), nullptr, c.g.data(), c.rows, c.channels, c.parameters(),
                                         nullptr, sum_m.data(), sum_mx.data());
      expect_sums(c, sum_m, sum_mx, tolerance);
      kernels::norm_act_backward_sums<T>(c.x.data(), c.y.data(), c.g.data(), c.rows, c.channels,
                                         c.parameters(), masked.data(), sum_m.data(), sum_mx.data());
      expect_sums(c, sum_m, sum_mx, tolerance);
      kernels::norm_act_backward(c.x.data(), c.g.data(), c.rows, c.channels, c.parameters(), gx.data());
      for (std::int64_t i = 0; i < n; ++i) {
        const auto k = i % c.channels;
        ASSERT_TRUE(same_bits(masked[i], c.m[i])) << i;
        const T expected = ((c.m[i] - c.centre[k]) - (c.x[i] - c.mean[k]) * c.slope[k]) * c.scale[k];
        ASSERT_TRUE(same_bits(gx[i], expected)) << i;
      }
      ASSERT_EQ(masked[n], T(-77));
      ASSERT_EQ(gx[n], T(-77));
    }
}
TEST_P(NormKernels, GiveGradientsInFloat) { expect_backward<float>(1e-6); }
TEST_P(NormKernels, GiveGradientsInDouble) { expect_backward<double>(1e-14); }

TEST(NormChunks, HoldWholeWideRows) {
  for (const std::int64_t channels : {1, 3, 16, 64, 512, 2048})
    EXPECT_EQ(kernels::rows_per_chunk(channels) % 64, 0);
}

}  // namespace
}  // namespace mpq::quant
