#include "quant/norm_act.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "core/error.h"
#include "quant/kernels.h"
#include "tests/unit/quant_kernels/oracle.h"

namespace mpq::quant {
namespace {

enum class Use { stored, batch, update };
const char* name_of(Use use) {
  return use == Use::stored ? "stored" : use == Use::batch ? "batch" : "update";
}
const char* name_of(Activation act) {
  return act == Activation::none ? "none" : act == Activation::relu ? "relu" : "relu6";
}

constexpr double kEpsilon = 1e-5;

struct Case {
  std::vector<std::int64_t> shape;
  torch::ScalarType type;
  Activation act;
  Use use;
  bool residual;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const std::vector<std::vector<std::int64_t>> shapes = {{1, 3, 1, 2},  {1, 16, 4, 4},   {2, 10, 3, 5},
                                                         {4, 64, 8, 8}, {33, 16, 17, 8}, {3, 130, 2, 2}};
  for (const auto& shape : shapes)
    for (const auto type : {torch::kFloat32, torch::kFloat64})
      for (const auto act : {Activation::none, Activation::relu, Activation::relu6})
        for (const auto use : {Use::stored, Use::batch, Use::update})
          for (const bool residual : {false, true}) all.push_back({shape, type, act, use, residual});
  return all;
}

// Everything that goes in and comes out, in the order x, weight, bias, residual.
struct Run {
  torch::Tensor y, running_mean, running_var;
  std::vector<torch::Tensor> gradients;
};

struct Inputs {
  torch::Tensor x, weight, bias, residual, running_mean, running_var, g;

  explicit Inputs(const Case& c) {
    torch::manual_seed(7);
    const auto channels = c.shape[1];
    x = torch::randn(c.shape, c.type) * 2 + 0.5;
    residual = c.residual ? torch::randn(c.shape, c.type) : torch::Tensor();
    g = torch::randn(c.shape, c.type);
    weight = torch::rand({channels}, c.type) * 4 - 1, bias = torch::randn({channels}, c.type);
    running_mean = torch::randn({channels}, c.type), running_var = torch::rand({channels}, c.type) + 0.3;
  }
};

template <typename Forward>
Run run(const Inputs& in, at::MemoryFormat layout, const Forward& forward) {
  std::vector<torch::Tensor> leaves;
  for (const auto& t : {in.x, in.weight, in.bias, in.residual})
    if (t.defined()) leaves.push_back((t.dim() == 4 ? t.clone(layout) : t.clone()).requires_grad_());
  Run r{{}, in.running_mean.clone(), in.running_var.clone(), {}};
  const auto y = forward(leaves[0], leaves[1], leaves[2], leaves.size() > 3 ? leaves[3] : torch::Tensor(),
                         r.running_mean, r.running_var);
  r.gradients = torch::autograd::grad({y}, leaves, {in.g});
  r.y = y.detach();
  return r;
}

// Straight from ATen, in the other memory layout.
Run reference(const Case& c, const Inputs& in) {
  return run(
      in, at::MemoryFormat::Contiguous, [&](auto x, auto w, auto b, auto residual, auto mean, auto var) {
        const bool batch = c.use != Use::stored;
        auto y = at::batch_norm(x, w, b, c.use == Use::batch ? torch::Tensor() : mean,
                                c.use == Use::batch ? torch::Tensor() : var, batch, 0.1, kEpsilon, false);
        if (residual.defined()) y = y + residual;
        if (c.act == Activation::none) return y;
        return c.act == Activation::relu ? torch::relu(y) : torch::clamp(y, 0, 6);
      });
}

Run ours(const Case& c, const Inputs& in, at::MemoryFormat layout = at::MemoryFormat::ChannelsLast) {
  return run(in, layout, [&](auto x, auto w, auto b, auto residual, auto mean, auto var) {
    const NormStatistics statistics{mean, var, c.use != Use::stored, c.use == Use::update ? 0.1 : 0.0};
    return norm_act(x, w, b, statistics, kEpsilon, c.act, residual);
  });
}

void expect_close(const torch::Tensor& a, const torch::Tensor& b, const std::string& what) {
  const double tolerance = a.scalar_type() == torch::kFloat32 ? 1e-5 : 1e-12;
  const double scale = std::max(1.0, b.abs().max().item<double>());
  EXPECT_LE((a - b).abs().max().item<double>(), tolerance * scale) << what;
}

void expect_same(const Run& a, const Run& b) {
  const char* names[] = {"gradient of x", "gradient of weight", "gradient of bias", "gradient of residual"};
  expect_close(a.y, b.y, "y");
  expect_close(a.running_mean, b.running_mean, "running mean");
  expect_close(a.running_var, b.running_var, "running variance");
  ASSERT_EQ(a.gradients.size(), b.gradients.size());
  for (std::size_t i = 0; i < a.gradients.size(); ++i) expect_close(a.gradients[i], b.gradients[i], names[i]);
}

std::string describe(const Case& c) {
  return std::string(name_of(c.act)) + ", statistics " + name_of(c.use) +
         (c.residual ? ", residual, " : ", ") + torch::str(c.shape) + " " + torch::toString(c.type);
}

class NormAct : public oracle::OnInstructionSet {};
INSTANTIATE_TEST_SUITE_P(All, NormAct, ::testing::ValuesIn(kernels::instruction_sets()), oracle::test_name);

TEST_P(NormAct, EqualsBatchNormFollowedByTheActivation) {
  for (const auto& c : cases()) {
    SCOPED_TRACE(describe(c));
    const Inputs in(c);
    expect_same(ours(c, in), reference(c, in));
    if (HasFailure()) return;
  }
}

TEST(NormActPaths, ComposedEqualsTheReferenceToo) {
  const ComposedScope composed;
  for (const auto& c : cases()) {
    SCOPED_TRACE(describe(c));
    const Inputs in(c);
    expect_same(ours(c, in), reference(c, in));
  }
}

TEST(NormActPaths, AcceptOtherLayouts) {
  const Case c{{4, 10, 3, 5}, torch::kFloat32, Activation::relu, Use::update, true};
  const Inputs in(c);
  expect_same(ours(c, in, at::MemoryFormat::Contiguous), reference(c, in));
}

TEST(NormActPaths, FusedKeepsChannelsLast) {
  const Case c{{4, 10, 3, 5}, torch::kFloat32, Activation::relu, Use::batch, true};
  const auto r = ours(c, Inputs(c));
  EXPECT_TRUE(r.y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(r.gradients[0].is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(NormActPaths, StoredStatisticsStayWithoutUpdate) {
  for (const auto use : {Use::stored, Use::batch}) {
    const Case c{{4, 10, 3, 5}, torch::kFloat64, Activation::relu, use, false};
    const Inputs in(c);
    const auto r = ours(c, in);
    EXPECT_TRUE(torch::equal(r.running_mean, in.running_mean));
    EXPECT_TRUE(torch::equal(r.running_var, in.running_var));
  }
}

TEST(NormActPaths, UpdateOnlyTheirEntryOfABank) {
  auto mean = torch::zeros({2, 3, 5}), var = torch::ones({2, 3, 5});
  auto weight = torch::rand({2, 3, 5}).requires_grad_(), bias = torch::zeros({2, 3, 5}).requires_grad_();
  const auto x = (torch::randn({8, 5, 3, 3}) + 4).contiguous(at::MemoryFormat::ChannelsLast);
  const auto y =
      norm_act(x, weight[1][2], bias[1][2], {mean[1][2], var[1][2], true, 0.1}, kEpsilon, Activation::relu);
  y.sum().backward();
  for (const auto& bank : {mean.ne(0), var.ne(1), bias.grad().ne(0)}) {
    EXPECT_EQ(bank.sum().item<int>(), 5);
    EXPECT_TRUE(bank[1][2].all().item<bool>());
  }
}

TEST(NormActPaths, SingleValuesPerChannelUseStoredStatistics) {
  const Case c{{1, 5, 1, 1}, torch::kFloat64, Activation::relu6, Use::stored, true};
  const Inputs in(c);
  expect_same(ours(c, in), reference(c, in));
}

TEST(NormActPaths, RefuseToStoreTheVarianceOfOneValue) {
  const Case c{{1, 5, 1, 1}, torch::kFloat32, Activation::relu, Use::update, false};
  const Inputs in(c);
  for (const bool composed : {false, true}) {
    const ComposedScope scope(composed);
    EXPECT_THROW(ours(c, in), Error);
  }
}

TEST(NormActPaths, FusedRefusesASecondDerivativeAndComposedHasIt) {
  const Case c{{4, 3, 2, 2}, torch::kFloat64, Activation::relu, Use::stored, false};
  const Inputs in(c);
  auto x = in.x.contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  const auto first = [&] {
    const auto y = norm_act(x, in.weight, in.bias, {in.running_mean, in.running_var}, kEpsilon, c.act);
    return torch::autograd::grad({y.pow(2).sum()}, {x}, {}, true, /*create_graph=*/true)[0];
  };
  EXPECT_THROW(first(), Error);
  const ComposedScope composed;
  EXPECT_TRUE(torch::autograd::grad({first().sum()}, {x})[0].abs().sum().item<double>() > 0);
}

TEST(NormActPaths, LetNaNThrough) {
  auto x = torch::randn({2, 4, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  x[0][1][0][0] = std::nanf("");
  const auto y = norm_act(x, torch::ones({4}), torch::zeros({4}), {{}, {}, true}, kEpsilon, Activation::relu);
  EXPECT_EQ(y.isnan().sum().item<int>(), 18);  // the whole channel
}

TEST(NormActThreads, DoNotChangeABit) {
  const int before = at::get_num_threads();
  for (const bool residual : {false, true}) {
    const Case c{{40, 16, 20, 19}, torch::kFloat32, Activation::relu, Use::update, residual};
    const Inputs in(c);
    at::set_num_threads(1);
    const auto one = ours(c, in);
    at::set_num_threads(2);
    const auto two = ours(c, in);
    at::set_num_threads(before);
    EXPECT_TRUE(torch::equal(one.y, two.y));
    EXPECT_TRUE(torch::equal(one.running_var, two.running_var));
    for (std::size_t i = 0; i < one.gradients.size(); ++i)
      EXPECT_TRUE(torch::equal(one.gradients[i], two.gradients[i]));
  }
}

}  // namespace
}  // namespace mpq::quant
