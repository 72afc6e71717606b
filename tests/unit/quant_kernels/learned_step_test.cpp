#include "quant/learned_step.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.h"
#include "tests/unit/quant_kernels/oracle.h"

namespace mpq::quant {
namespace {

const auto kDouble = torch::TensorOptions(torch::kFloat64);

torch::Tensor values(std::initializer_list<double> list) {
  return torch::tensor(std::vector<double>(list), kDouble);
}
torch::Tensor leaf(torch::Tensor t) { return t.detach().clone().requires_grad_(); }

struct Result {
  torch::Tensor y, gx, bank_gradient;
};
Result run(const torch::Tensor& x_value, const torch::Tensor& bank_value, std::int64_t index, Range range,
           const torch::Tensor& g, double kappa = 1) {
  auto x = x_value.detach().requires_grad_(), bank = leaf(bank_value);
  const auto y = learned_step(x, bank, index, range, kappa);
  const auto grads = torch::autograd::grad({y}, {x, bank}, {g});
  return {y.detach(), grads[0], grads[1]};
}

// Both paths, by name.
class LearnedStep : public ::testing::TestWithParam<std::string> {
 protected:
  ComposedScope scope_{GetParam() == "composed"};
};
INSTANTIATE_TEST_SUITE_P(Path, LearnedStep, ::testing::Values("fused", "composed"), oracle::test_name);

TEST_P(LearnedStep, RoundsTiesToEven) {
  const auto y = learned_step(values({0.5, 1.5, 2.5, -0.5, -1.5}), values({1}), 0, range_of(8, true));
  EXPECT_TRUE(torch::equal(y, values({0, 2, 2, 0, -2})));
}

TEST_P(LearnedStep, ReproducesTheWeightExample) {  // by hand
  const auto x = values({-0.55, -0.26, 0.04, 0.17, 0.33});
  const double kappa = 1 / std::sqrt(15.0);
  const auto r = run(x, values({0.1}), 0, range_of(3, true), torch::ones_like(x), kappa);
  EXPECT_TRUE(torch::allclose(r.y, values({-0.4, -0.3, 0, 0.2, 0.3}), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(r.gx, values({0, 1, 1, 1, 0}), 0, 1e-12));
  EXPECT_NEAR(r.bank_gradient.item<double>(), -0.3872983, 1e-6);
  const auto unscaled = run(x, values({0.1}), 0, range_of(3, true), torch::ones_like(x));
  EXPECT_NEAR(unscaled.bank_gradient.item<double>(), -1.5, 1e-6);
}

TEST_P(LearnedStep, ReproducesTheStepGradientOfEveryElementOfTheWeightExample) {
  const auto x = values({-0.55, -0.26, 0.04, 0.17, 0.33});
  const double expected[] = {-4, -0.4, -0.4, 0.3, 3};
  for (std::int64_t i = 0; i < 5; ++i) {
    const auto g = torch::zeros_like(x);
    g[i] = 1;
    EXPECT_NEAR(run(x, values({0.1}), 0, range_of(3, true), g).bank_gradient.item<double>(), expected[i],
                1e-6);
  }
}

TEST_P(LearnedStep, ReproducesTheActivationExample) {  // by hand
  const auto x = values({-0.3, 0.2, 0.7, 2.0});
  const auto r = run(x, values({0.5}), 0, range_of(2, false), torch::ones_like(x));
  EXPECT_TRUE(torch::allclose(r.y, values({0, 0, 0.5, 1.5}), 0, 1e-12));
  EXPECT_TRUE(torch::allclose(r.gx, values({0, 1, 1, 0}), 0, 1e-12));
  EXPECT_NEAR(r.bank_gradient.item<double>(), 2.2, 1e-6);
  const auto scaled = run(x, values({0.5}), 0, range_of(2, false), torch::ones_like(x), 1 / std::sqrt(12.0));
  EXPECT_NEAR(scaled.bank_gradient.item<double>(), 0.6350853, 1e-6);
}

TEST_P(LearnedStep, GivesTheOthersOfTheBankNoGradient) {
  const auto x = values({0.3, 1.2, -0.7});
  const auto r = run(x, values({9, 0.1, 7}), 1, range_of(4, true), torch::ones_like(x));
  EXPECT_EQ(r.bank_gradient[0].item<double>(), 0);
  EXPECT_NE(r.bank_gradient[1].item<double>(), 0);
  EXPECT_EQ(r.bank_gradient[2].item<double>(), 0);
  EXPECT_TRUE(torch::allclose(r.y, values({0.3, 0.7, -0.7}), 0, 1e-12));
}

TEST_P(LearnedStep, PassesTheGradientAtBothBounds) {
  const auto x = values({-2, 1, -2.0000001, 1.0000001});
  const auto r = run(x, values({1}), 0, range_of(2, true), torch::ones_like(x));
  EXPECT_TRUE(torch::equal(r.gx, values({1, 1, 0, 0})));
}

TEST_P(LearnedStep, ScalesTheGradientOfTheStepAlone) {
  const auto x = torch::randn({3, 50}, kDouble), g = torch::randn({3, 50}, kDouble);
  const auto plain = run(x, values({0.25}), 0, range_of(4, true), g);
  const auto scaled =
      run(x, values({0.25}), 0, range_of(4, true), g, 0.125);  // a power of two: same effective step
  EXPECT_TRUE(torch::equal(plain.y, scaled.y));
  EXPECT_TRUE(torch::equal(plain.gx, scaled.gx));
  EXPECT_NEAR(scaled.bank_gradient.item<double>(), 0.125 * plain.bank_gradient.item<double>(), 1e-12);
}

TEST_P(LearnedStep, KeepsTheMemoryOrderOfItsInput) {
  const auto x = torch::randn({2, 3, 4, 5});
  for (const auto& input : {x, x.contiguous(at::MemoryFormat::ChannelsLast), x.permute({3, 1, 0, 2})}) {
    const auto y = learned_step(input, torch::tensor({0.3f}), 0, range_of(3, true));
    EXPECT_EQ(y.strides(), input.strides());
    EXPECT_TRUE(
        torch::equal(y, learned_step(input.contiguous(), torch::tensor({0.3f}), 0, range_of(3, true))));
  }
}

// The gradient may arrive in any layout; the input may have gaps or repeat memory.
TEST_P(LearnedStep, DoesNotCareForLayouts) {
  const auto bank = torch::tensor({0.3f});
  const auto base = torch::randn({4, 6, 10, 8}), g = torch::randn({4, 6, 5, 8});
  const auto dense = base.slice(2, 0, 10, 2).contiguous();
  const auto expected = run(dense, bank, 0, range_of(3, true), g);
  const torch::Tensor inputs[] = {base.slice(2, 0, 10, 2), dense.contiguous(at::MemoryFormat::ChannelsLast),
                                  dense.transpose(0, 3).contiguous().transpose(0, 3)};
  const torch::Tensor gradients[] = {g, g.contiguous(at::MemoryFormat::ChannelsLast),
                                     g.transpose(1, 2).contiguous().transpose(1, 2)};
  for (const auto& input : inputs)
    for (const auto& gradient : gradients) {
      const auto r = run(input, bank, 0, range_of(3, true), gradient);
      EXPECT_TRUE(torch::equal(r.y, expected.y));
      EXPECT_TRUE(torch::equal(r.gx, expected.gx));
      const auto rounding =
          1e-6 * g.abs().sum().item<double>();  // sums in another order, terms of both signs
      EXPECT_TRUE(torch::allclose(r.bank_gradient, expected.bank_gradient, 0, rounding));
    }
  const auto row = torch::randn({1, 6, 1, 8});
  const auto expanded =
      run(row.expand({4, 6, 5, 8}), bank, 0, range_of(3, true), torch::ones({}).expand({4, 6, 5, 8}));
  EXPECT_TRUE(torch::equal(expanded.y, learned_step(row, bank, 0, range_of(3, true)).expand({4, 6, 5, 8})));
}

TEST_P(LearnedStep, AcceptsAnEmptyTensor) {
  const auto x = torch::zeros({0, 3});
  const auto r = run(x, torch::tensor({0.3f}), 0, range_of(3, true), torch::zeros({0, 3}));
  EXPECT_EQ(r.y.numel(), 0);
  EXPECT_EQ(r.bank_gradient.item<float>(), 0);
}

TEST_P(LearnedStep, GivesIntegerCodes) {
  const auto x = torch::randn({3, 4, 5, 6}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto step = torch::tensor(0.2f);
  const auto codes = learned_step_codes(x, step, range_of(3, true));
  EXPECT_EQ(codes.scalar_type(), torch::kInt32);
  EXPECT_EQ(codes.min().item<int>(), -4);
  EXPECT_EQ(codes.max().item<int>(), 3);
  EXPECT_TRUE(torch::equal(codes * step, learned_step(x, step.reshape({1}), 0, range_of(3, true))));
}

TEST_P(LearnedStep, RefusesAStepThatIsNotAboveZero) {
  for (const float bad : {0.0f, -0.1f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    try {
      learned_step(torch::ones({3}), torch::tensor({1.0f, bad}), 1, range_of(4, true));
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 1);
      EXPECT_NE(error.parts().where.find("entry 1"), std::string::npos);
      EXPECT_FALSE(error.parts().fix.empty());
    }
  }
}

TEST_P(LearnedStep, NeedsNoGradient) {
  const torch::NoGradGuard no_grad;
  auto bank = torch::tensor({0.3f}).requires_grad_();
  EXPECT_FALSE(learned_step(torch::ones({4}), bank, 0, range_of(4, true)).requires_grad());
}

TEST(LearnedStepPaths, Agree) {
  for (const auto type : {torch::kFloat32, torch::kFloat64})
    for (int bits = 2; bits <= 8; ++bits)
      for (const bool is_signed : {true, false})
        for (const double kappa : {1.0, 0.0123}) {
          torch::manual_seed(bits);
          const auto range = range_of(bits, is_signed);
          const auto x = torch::randn({5, 7, 9, 4}, type), g = torch::randn({5, 7, 9, 4}, type);
          const auto bank = torch::rand({3}, type) + 0.05;
          const auto fused = run(x, bank, 2, range, g, kappa);
          const ComposedScope composed;
          const auto plain = run(x, bank, 2, range, g, kappa);
          EXPECT_TRUE(torch::equal(fused.y, plain.y));
          EXPECT_TRUE(torch::equal(fused.gx == 0, plain.gx == 0));
          const double tolerance = type == torch::kFloat32 ? 1e-6 : 1e-14;
          EXPECT_TRUE(torch::allclose(fused.gx, plain.gx, tolerance, 0));
          EXPECT_NEAR(
              fused.bank_gradient[2].item<double>(), plain.bank_gradient[2].item<double>(),
              100 * tolerance * kappa * g.abs().sum().item<double>() * static_cast<double>(range.max));
        }
}

// On the fused path a second derivative would silently be that of a constant.
TEST(LearnedStepPaths, FusedRefusesASecondDerivativeAndComposedHasIt) {
  auto x = torch::randn({20}, kDouble).requires_grad_();
  const auto bank = values({0.3}).requires_grad_();
  const auto first = [&] {
    const auto y = learned_step(x, bank, 0, range_of(3, true));
    return torch::autograd::grad({(y * y).sum()}, {x}, {}, true, /*create_graph=*/true)[0];
  };
  EXPECT_THROW(first(), Error);
  const ComposedScope composed;
  // y depends on x straight through, so that ∂²(Σ y²)/∂x² is 2 inside the clip range.
  const auto second = torch::autograd::grad({first().sum()}, {x})[0];
  EXPECT_TRUE(torch::allclose(second, 2 * ((x / 0.3 >= -4).logical_and(x / 0.3 <= 3)).to(torch::kFloat64)));
}

TEST(LearnedStepThreads, DoNotChangeABit) {
  const int before = at::get_num_threads();
  const auto x = torch::randn({20, 16, 33, 31}).contiguous(at::MemoryFormat::ChannelsLast),
             g = torch::randn_like(x);
  at::set_num_threads(1);
  const auto one = run(x, torch::tensor({0.2f}), 0, range_of(4, true), g);
  const auto codes = learned_step_codes(x, torch::tensor(0.2f), range_of(4, true));
  at::set_num_threads(2);
  const auto two = run(x, torch::tensor({0.2f}), 0, range_of(4, true), g);
  EXPECT_TRUE(torch::equal(codes, learned_step_codes(x, torch::tensor(0.2f), range_of(4, true))));
  at::set_num_threads(before);
  EXPECT_TRUE(torch::equal(one.y, two.y));
  EXPECT_TRUE(torch::equal(one.gx, two.gx));
  EXPECT_EQ(one.bank_gradient.item<float>(), two.bank_gradient.item<float>());
}

TEST(Composed, ScopeRestoresTheSetting) {
  EXPECT_FALSE(composed_only());
  {
    const ComposedScope outer;
    const ComposedScope inner(false);
    EXPECT_FALSE(composed_only());
  }
  EXPECT_FALSE(composed_only());
}

}  // namespace
}  // namespace mpq::quant
