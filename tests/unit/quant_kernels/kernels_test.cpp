#include "quant/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "tests/unit/quant_kernels/oracle.h"

namespace mpq::quant {
namespace {

using oracle::same_bits;

class Kernels : public oracle::OnInstructionSet {};
INSTANTIATE_TEST_SUITE_P(All, Kernels, ::testing::ValuesIn(kernels::instruction_sets()), oracle::test_name);

// Every length around a vector and its remainder, and some that span blocks.
std::vector<std::int64_t> lengths() {
  std::vector<std::int64_t> all;
  for (std::int64_t n = 0; n <= 70; ++n) all.push_back(n);
  for (const std::int64_t n : {1023, 1024, 1025, 5003, 16384}) all.push_back(n);
  return all;
}

std::vector<Range> ranges() {
  std::vector<Range> all;
  for (int bits = 2; bits <= 8; ++bits)
    for (const auto& range : {range_of(bits, false), range_of(bits, true), range_of(bits, true, true)})
      all.push_back(range);
  return all;
}

template <typename T>
std::vector<T> steps() {
  return {T(0.1), T(0.5), T(1), T(3.7e-6), T(1234.5)};
}

// Calls check(x, step, range, seed) over steps, ranges and one length each, so that all lengths meet many
// ranges.
template <typename T, typename Check>
void for_cases(const Check& check) {
  const auto sizes = lengths();
  std::uint64_t seed = 0;
  for (const T step : steps<T>())
    for (const auto& range : ranges())
      for (int i = 0; i < 8; ++i, ++seed) {
        const auto n = sizes[seed % sizes.size()];
        SCOPED_TRACE(::testing::Message() << "seed " << seed << ", " << n << " values, step " << step
                                          << ", codes " << range.min << " … " << range.max);
        check(oracle::awkward(n, step, range, seed), step, range, seed);
        if (::testing::Test::HasFailure()) return;
      }
}

template <typename T>
void expect_values_of_the_oracle() {
  for_cases<T>([](const std::vector<T>& x, T step, Range range, std::uint64_t) {
    std::vector<T> y(x.size() + 1, T(-77));  // one more: nothing may be written behind the end
    kernels::quantize(x.data(), static_cast<std::int64_t>(x.size()), step, range, y.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_TRUE(same_bits(y[i], oracle::code(x[i], step, range) * step)) << x[i] << " became " << y[i];
    ASSERT_EQ(y.back(), T(-77));
  });
}
TEST_P(Kernels, GiveTheValuesOfTheOracleInFloat) { expect_values_of_the_oracle<float>(); }
TEST_P(Kernels, GiveTheValuesOfTheOracleInDouble) { expect_values_of_the_oracle<double>(); }

template <typename T>
void expect_codes_of_the_oracle() {
  for_cases<T>([](const std::vector<T>& x, T step, Range range, std::uint64_t) {
    const auto n = static_cast<std::int64_t>(x.size());
    std::vector<std::int32_t> wide(x.size());
    std::vector<std::int8_t> narrow(x.size());
    kernels::quantize_codes(x.data(), n, step, range, wide.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(wide[i], static_cast<std::int32_t>(oracle::code(x[i], step, range)));
    if (range.max > 127) return;
    kernels::quantize_codes(x.data(), n, step, range, narrow.data());
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(narrow[i], wide[i]);
  });
}
TEST_P(Kernels, GiveTheCodesOfTheOracleInFloat) { expect_codes_of_the_oracle<float>(); }
TEST_P(Kernels, GiveTheCodesOfTheOracleInDouble) { expect_codes_of_the_oracle<double>(); }

template <typename T>
void expect_gradients_of_the_oracle(double sum_tolerance) {
  for_cases<T>([&](const std::vector<T>& x, T step, Range range, std::uint64_t seed) {
    const auto n = static_cast<std::int64_t>(x.size());
    const auto g = oracle::normals<T>(n, seed + 1);
    std::vector<T> gx(x.size() + 1, T(-77));
    const auto sum = kernels::quantize_backward(x.data(), g.data(), n, step, range, gx.data());
    double expected = 0, absolute = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto one = oracle::gradient(x[i], g[i], step, range);
      ASSERT_TRUE(same_bits(gx[i], one.x)) << x[i];
      expected += static_cast<double>(one.step);
      absolute += std::abs(static_cast<double>(one.step));
    }
    ASSERT_EQ(gx.back(), T(-77));
    ASSERT_NEAR(sum, expected, sum_tolerance * absolute);
  });
}
// Short sums in float: at most 1024 / 2 / lanes terms each; the bound is far above their rounding.
TEST_P(Kernels, GiveTheGradientsOfTheOracleInFloat) { expect_gradients_of_the_oracle<float>(2e-6); }
TEST_P(Kernels, GiveTheGradientsOfTheOracleInDouble) { expect_gradients_of_the_oracle<double>(1e-14); }

template <typename T>
void expect_counts_of_the_oracle() {
  for_cases<T>([](const std::vector<T>& x, T step, Range range, std::uint64_t) {
    for (const double proportion : {0.0, 0.1, 0.25, 0.9}) {
      const double keep = 1 - proportion;
      const kernels::Turbulence<T> turbulence{
          step / 2 * static_cast<T>(keep), step * static_cast<T>(static_cast<double>(range.min) + keep / 2)};
      const auto count =
          kernels::count_turbulent(x.data(), static_cast<std::int64_t>(x.size()), step, range, turbulence);
      ASSERT_EQ(count, std::count_if(x.begin(), x.end(),
                                     [&](T w) { return oracle::turbulent(w, step, range, proportion); }));
    }
  });
}
TEST_P(Kernels, CountTheTurbulentWeightsOfTheOracleInFloat) { expect_counts_of_the_oracle<float>(); }
TEST_P(Kernels, CountTheTurbulentWeightsOfTheOracleInDouble) { expect_counts_of_the_oracle<double>(); }

TEST_P(Kernels, LetNaNThrough) {
  std::vector<float> x(37, std::nanf("")), y(37), gx(37), g(37, 1.0f);
  x[3] = 1;
  kernels::quantize(x.data(), 37, 0.5f, range_of(4, true), y.data());
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i != 3);
  EXPECT_TRUE(
      std::isnan(kernels::quantize_backward(x.data(), g.data(), 37, 0.5f, range_of(4, true), gx.data())));
}

TEST_P(Kernels, RunOnTheInstructionSetThatWasAskedFor) { EXPECT_EQ(kernels::instruction_set(), GetParam()); }

TEST(InstructionSets, IncludeAScalarFallback) {
  const auto names = kernels::instruction_sets();
  ASSERT_FALSE(names.empty());
  EXPECT_TRUE(names.back() == "EMU128" || names.back() == "SCALAR" || names.back() == "Emu128" ||
              names.back() == "Scalar")
      << names.back();
}

TEST(InstructionSets, UseTheBestByDefault) {
  EXPECT_EQ(kernels::instruction_set(), kernels::instruction_sets().front());
}

TEST(InstructionSets, RefuseAnUnknownName) {
  const auto before = kernels::instruction_set();
  EXPECT_THROW(kernels::use_instruction_set("abacus"), Error);
  EXPECT_EQ(kernels::instruction_set(), before);
}

}  // namespace
}  // namespace mpq::quant
