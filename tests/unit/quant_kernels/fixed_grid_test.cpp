// The searched grid against its definition, value by value.

#include "quant/fixed_grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace mpq::quant {
namespace {

struct ScalarGrid {
  double step = 1, zero = 0;
};

double on_grid(double x, const ScalarGrid& grid, double low, double high) {
  const double code = std::nearbyint(x / grid.step) + grid.zero;
  return (std::min(std::max(code, low), high) - grid.zero) * grid.step;
}

/// baselines §1.4, said with loops.
ScalarGrid search(const std::vector<double>& values, int bits, bool affine) {
  double lowest = 0, highest = 0;
  for (const double v : values) lowest = std::min(lowest, v), highest = std::max(highest, v);
  const double low = affine ? 0 : -std::exp2(bits - 1), high = std::exp2(affine ? bits : bits - 1) - 1;
  const double widest = affine ? (highest - lowest) / high : std::max(highest, -lowest) / high;
  ScalarGrid best;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 80; ++i) {
    const ScalarGrid grid{widest * (1 - 0.01 * i), affine ? std::nearbyint(-lowest / widest) : 0};
    double error = 0;
    for (const double v : values) error += std::pow(std::abs(on_grid(v, grid, low, high) - v), 2.4);
    if (error < least) least = error, best = grid;
  }
  return best;
}

torch::Tensor normal(std::int64_t rows, std::int64_t columns, int seed) {
  torch::manual_seed(seed);
  return torch::randn({rows, columns}, torch::kFloat64);
}

std::vector<double> row_of(const torch::Tensor& rows, std::int64_t r) {
  const auto row = rows[r].contiguous();
  return {row.data_ptr<double>(), row.data_ptr<double>() + row.numel()};
}

TEST(SearchGrid, IsTheOneOfTheDefinition) {
  const auto rows = normal(5, 300, 1);
  for (const bool affine : {false, true})
    for (int bits = 2; bits <= 8; ++bits) {
      const auto shifted = affine ? rows + 1.5 : rows;
      const auto grid = search_grid(shifted, bits, affine);
      for (std::int64_t r = 0; r < rows.size(0); ++r) {
        const auto expected = search(row_of(shifted, r), bits, affine);
        EXPECT_NEAR(grid.step[r].item<double>(), expected.step, 1e-12) << bits << " bits, row " << r;
        EXPECT_EQ(grid.zero[r].item<double>(), expected.zero) << bits << " bits, row " << r;
      }
    }
}

TEST(SearchGrid, LeavesOutAnOutlierAndKeepsWhatLiesOnTheGrid) {
  auto values = normal(1, 1000, 2);
  values[0][0] = 40;
  EXPECT_LT(search_grid(values, 4, false).step.item<double>(), 40.0 / 7);
  const auto exact = torch::arange(-7, 8, torch::kFloat64).view({1, -1}) * 0.25;
  EXPECT_EQ(search_grid(exact, 4, false).step.item<double>(), 0.25) << "no error at the full range";
}

TEST(SearchGrid, ZerosAndValuesOfOneSignHaveAGrid) {
  EXPECT_EQ(search_grid(torch::zeros({1, 8}), 4, false).step.item<float>(), 1.0F);
  const auto positive = normal(1, 100, 3).abs();
  EXPECT_EQ(search_grid(positive, 4, true).zero.item<double>(), 0) << "unsigned";
}

TEST(FixedGrid, AffineExample) {  // by hand: range [-0.8, 2.2], 4 bits: s = 0.2, z = 4
  FixedGrid grid({4}, 0, torch::TensorOptions(torch::kFloat64));
  grid.fake_quantize(torch::linspace(-0.8, 2.2, 16, torch::kFloat64).view({1, 16}), 4);  // all on the grid
  const auto x = torch::tensor({-0.9, -0.05, 0.0, 0.33, 2.15, 2.5}, torch::kFloat64).view({1, 6});
  const auto y = grid.fake_quantize(x, 4);
  const double expected[] = {-0.8, 0, 0, 0.4, 2.2, 2.2};
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(y[0][i].item<double>(), expected[i], 1e-12);
}

TEST(FixedGrid, WeightsHaveAStepForEveryChannel) {
  const auto weight =
      normal(4, 3 * 9, 4).view({4, 3, 3, 3}) * torch::tensor({1.0, 10.0, 0.1, 3.0}).view({4, 1, 1, 1});
  FixedGrid grid({8, 4}, 4, weight.options());
  const auto y = grid.fake_quantize(weight, 4), codes = grid.codes(weight, 4);
  const auto rows = weight.reshape({4, -1});
  for (std::int64_t c = 0; c < 4; ++c) {
    const auto expected = search(row_of(rows, c), 4, false);
    for (std::int64_t i = 0; i < 27; ++i) {
      const double v = rows[c][i].item<double>();
      EXPECT_NEAR(y.reshape({4, -1})[c][i].item<double>(), on_grid(v, expected, -8, 7), 1e-12);
    }
  }
  EXPECT_GE(codes.min().item<int>(), -8);
  EXPECT_LE(codes.max().item<int>(), 7);
  EXPECT_EQ(codes.scalar_type(), torch::kInt32);
}

TEST(FixedGrid, ActivationsAreSearchedOnceAndKeepZero) {
  FixedGrid grid({8, 4}, 0, torch::TensorOptions(torch::kFloat64));
  const auto first = normal(2, 4 * 36, 5).view({2, 4, 6, 6}).contiguous(at::MemoryFormat::ChannelsLast) + 0.7;
  const auto expected = search(row_of(first.permute({0, 2, 3, 1}).reshape({1, -1}), 0), 4, true);
  const auto y = grid.fake_quantize(first, 4);
  EXPECT_NEAR(y[1][2][3][4].item<double>(), on_grid(first[1][2][3][4].item<double>(), expected, 0, 15),
              1e-12);
  const auto later = torch::zeros_like(first).add_(100);
  later[0][0][0][0] = 0;
  const auto z = grid.fake_quantize(later, 4);
  EXPECT_EQ(z[0][0][0][0].item<double>(), 0) << "padding stays exact";
  EXPECT_NEAR(z.max().item<double>(), on_grid(100, expected, 0, 15), 1e-12) << "the range is the first one";
}

TEST(FixedGrid, LargeActivationsAreSampledOverAllChannels) {
  // 3 channels, of which the last alone is not zero: every third value in memory.
  auto x = torch::zeros({16, 3, 256, 256}).contiguous(at::MemoryFormat::ChannelsLast);
  torch::manual_seed(6);
  x.select(1, 2).copy_(torch::randn({16, 256, 256}).abs());
  FixedGrid sampled({4}, 0, torch::TensorOptions(torch::kFloat32));
  sampled.fake_quantize(x, 4);
  std::vector<TensorRef> refs;
  sampled.collect("a", refs);
  const auto whole = search_grid(x.permute({0, 2, 3, 1}).reshape({1, -1}), 4, true);
  EXPECT_NEAR(refs[0].tensor->item<float>(), whole.step.item<float>(), 0.02F * whole.step.item<float>());
}

TEST(FixedGrid, PassesGradientsStraightThroughInsideTheRange) {
  FixedGrid grid({4}, 0, torch::TensorOptions(torch::kFloat64));
  grid.fake_quantize(torch::linspace(0, 1.5, 16, torch::kFloat64).view({1, 16}), 4);  // step 0.1
  auto x = torch::tensor({-1.0, 0.32, 9.0}, torch::kFloat64).view({1, 3}).requires_grad_();
  const auto y = grid.fake_quantize(x, 4);
  EXPECT_TRUE(torch::allclose(y.detach(), torch::tensor({0.0, 0.3, 1.5}, torch::kFloat64).view({1, 3})));
  y.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::tensor({0.0, 1.0, 0.0}, torch::kFloat64).view({1, 3})));
}

TEST(FixedGrid, NarrowedKeepsOneWidth) {
  const auto weight = normal(4, 9, 7);
  FixedGrid grid({8, 4}, 4, weight.options());
  const auto before = grid.narrowed(4);
  EXPECT_TRUE(torch::equal(before->fake_quantize(weight, 4), grid.fake_quantize(weight, 4)))
      << "searched later";
  const auto narrow = grid.narrowed(4);
  EXPECT_TRUE(torch::equal(narrow->fake_quantize(weight, 4), grid.fake_quantize(weight, 4)));
  std::vector<TensorRef> refs;
  narrow->collect("w", refs);
  EXPECT_EQ(refs.at(0).name, "w_grid_step");
  EXPECT_EQ(refs.at(0).tensor->sizes(), (torch::IntArrayRef{1, 4}));
}

// A ReLU that is dead for its first batch, say.
TEST(LearnedStepBank, AnAllZeroTensorDecidesNoStep) {
  const auto zeros = torch::zeros({8});
  LearnedStep act({{4}, false, StepInit::mean_abs, false}, torch::TensorOptions());
  EXPECT_TRUE(torch::equal(act.fake_quantize(zeros, 4), zeros));
  act.codes(torch::full({8}, 3.0F), 4);
  EXPECT_NEAR(act.steps()[0].item<double>(), 2 * 3 / std::sqrt(15.0), 1e-6);
  LearnedStep weight({{4}, true, StepInit::three_sigma, false}, zeros);
  EXPECT_TRUE(torch::equal(weight.fake_quantize(zeros, 4), zeros));
}

}  // namespace
}  // namespace mpq::quant
