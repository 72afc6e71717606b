#include "models/load_state.h"

#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace mpq::models {
namespace {

using testing::error_of;

torch::Tensor ramp(std::vector<std::int64_t> shape) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return torch::arange(1, count + 1).to(torch::kFloat32).view(shape);
}

StateDict network() {
  return {{"conv.weight", torch::zeros({2, 3})},
          {"bn.weight", torch::zeros({1, 1, 4})},
          {"bn.num_batches_tracked", torch::zeros({1, 1}, torch::kInt64)},
          {"fc.bias", torch::zeros({2})}};
}

StateDict weights() {
  return {{"fc.bias", ramp({2})}, {"bn.weight", ramp({4})}, {"conv.weight", ramp({2, 3})}};
}

const torch::Tensor& find(const StateDict& tensors, const std::string& name) {
  for (const auto& [candidate, tensor] : tensors)
    if (candidate == name) return tensor;
  throw std::out_of_range(name);
}

TEST(LoadState, CopiesByNameInAnyOrder) {
  const auto target = network();
  load_state(weights(), target, "w.th");
  EXPECT_TRUE(find(target, "conv.weight").equal(ramp({2, 3})));
  EXPECT_TRUE(find(target, "fc.bias").equal(ramp({2})));
}

TEST(LoadState, AVectorFitsASingleNormOfABank) {
  const auto target = network();
  load_state(weights(), target, "w.th");
  EXPECT_TRUE(find(target, "bn.weight").equal(ramp({1, 1, 4})));
}

TEST(LoadState, AVectorDoesNotFitAWholeBank) {
  const StateDict target{{"bn.weight", torch::zeros({2, 1, 4})}};
  EXPECT_EQ(error_of([&] {
              load_state({{"bn.weight", ramp({4})}}, target, "w.th");
            })
                .parts()
                .what,
            "the weights do not fit the network: 1 of another shape: 'bn.weight' is [4], not [2, 1, 4]");
}

TEST(LoadState, KeepsTypeLayoutAndGradientFlagOfTheNetwork) {
  auto tensor = torch::zeros({2, 3, 4, 5}, torch::kFloat64).contiguous(torch::MemoryFormat::ChannelsLast);
  tensor.requires_grad_();
  load_state({{"w", ramp({2, 3, 4, 5}).to(torch::kFloat16)}}, {{"w", tensor}}, "w.th");
  EXPECT_TRUE(tensor.requires_grad());
  EXPECT_TRUE(tensor.is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(tensor.detach().equal(ramp({2, 3, 4, 5}).to(torch::kFloat64)));
}

TEST(LoadState, CountersOfBatchesMayBeMissingExtraOrShaped) {
  auto given = weights();
  EXPECT_NO_THROW(load_state(given, network(), "w.th"));
  given.emplace_back("other.num_batches_tracked", torch::tensor(5));
  given.emplace_back("bn.num_batches_tracked", torch::tensor(7));
  const auto target = network();
  load_state(given, target, "w.th");
  EXPECT_EQ(find(target, "bn.num_batches_tracked").item<std::int64_t>(), 7);
  given.back().second = torch::zeros({3}, torch::kInt64);
  load_state(given, target, "w.th");
  EXPECT_EQ(find(target, "bn.num_batches_tracked").item<std::int64_t>(), 7);
}

TEST(LoadState, RenamesPrefixesAndWholeNames) {
  const StateDict given{
      {"linear.weight", ramp({2})}, {"linear.bias", ramp({1})}, {"scale", ramp({3})}, {"scale2", ramp({4})}};
  const StateDict target{{"fc.weight", torch::zeros({2})},
                         {"fc.bias", torch::zeros({1})},
                         {"step", torch::zeros({3})},
                         {"scale2", torch::zeros({4})}};
  load_state(given, target, "w.th", {{"linear.", "fc."}, {"scale", "step"}});
  EXPECT_TRUE(find(target, "fc.weight").equal(ramp({2})));
  EXPECT_TRUE(find(target, "step").equal(ramp({3})));
  EXPECT_TRUE(find(target, "scale2").equal(ramp({4})));
}

TEST(LoadState, ListsEverythingThatIsWrongAtOnceAndCopiesNothing) {
  const auto target = network();
  const StateDict given{{"conv.weight", ramp({3, 2})},
                        {"head.weight", ramp({1})},
                        {"head.bias", ramp({1})},
                        {"fc.bias", ramp({2}).to(torch::kInt64)}};
  EXPECT_STREQ(
      error_of([&] { load_state(given, target, "resnet.th"); }).what(),
      "error: the weights do not fit the network: 1 missing: 'bn.weight'; 2 extra: 'head.weight', "
      "'head.bias'; "
      "1 of another shape: 'conv.weight' is [3, 2], not [2, 3]; 1 of another type: 'fc.bias' is Long, not "
      "Float\n"
      "  where:    resnet.th\n"
      "  expected: the 4 tensors of the network, each with its shape and type\n"
      "  fix:      choose the network that the weights belong to (same depth, width and number of classes)");
  for (const auto& [name, tensor] : target) EXPECT_EQ(tensor.abs().sum().item<double>(), 0.0) << name;
}

TEST(LoadState, NothingIsCopiedIfOnlyTheLastNameIsWrong) {
  const auto target = network();
  auto given = weights();
  given.emplace_back("zzz", ramp({1}));
  EXPECT_EQ(error_of([&] { load_state(given, target, "w.th"); }).exit_code(), 2);
  for (const auto& [name, tensor] : target) EXPECT_EQ(tensor.abs().sum().item<double>(), 0.0) << name;
}

TEST(LoadState, TwoNamesThatBecomeOneAreRefused) {
  const StateDict given{{"linear.bias", ramp({2})}, {"fc.bias", ramp({2})}};
  EXPECT_EQ(error_of([&] {
              load_state(given, {{"fc.bias", torch::zeros({2})}}, "w.th", {{"linear.", "fc."}});
            })
                .parts()
                .what,
            "the weights do not fit the network: 1 given twice: 'fc.bias'");
}

}  // namespace
}  // namespace mpq::models
