// Methods that choose a policy and train it: what they choose, and by which numbers.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "methods/retrain.h"
#include "tests/unit/methods/small_task.h"

namespace mpq::methods {
namespace {

class SearchThenRetrain : public SmallTask {
 protected:
  SearchThenRetrain() : SmallTask(128, 64) {}
};

torch::Tensor named(const models::StateDict& tensors, const std::string& name) {
  for (const auto& [key, tensor] : tensors)
    if (key == name) return tensor;
  return {};
}

/// ‖W − Q(W)‖² by the scalar definition; the step is max|μ ± 3σ| / 2^(bits−1).
double squared_error(const torch::Tensor& weight, int bits) {
  const auto w = weight.detach().to(torch::kFloat64).contiguous().view(-1);
  const double mean = w.mean().item<double>(), deviation = w.std(/*unbiased=*/true).item<double>();
  const double step =
      std::max(std::abs(mean - 3 * deviation), std::abs(mean + 3 * deviation)) / (1 << (bits - 1));
  const double low = -(1 << (bits - 1)), high = (1 << (bits - 1)) - 1;
  double sum = 0;
  for (std::int64_t i = 0; i < w.numel(); ++i) {
    const double x = w[i].item<double>();
    const double error = std::nearbyint(std::clamp(x / step, low, high)) * step - x;
    sum += error * error;
  }
  return sum;
}

// Ω = average trace · squared error, summed (HAWQ-V2).
TEST_F(SearchThenRetrain, HawqWeighsTheSummedSquaredErrorWithTheAverageTrace) {
  auto t = task(1);
  const auto prepared = registry().find("hawq", "test").make({{"probes", 2}, {"images", 64}})->prepare(t);
  const auto trace = named(prepared.tensors, "trace"), omega = named(prepared.tensors, "omega");
  const auto network = t.float_network();
  for (const std::size_t site : {std::size_t{0}, std::size_t{5}}) {
    const auto row = static_cast<std::int64_t>(site);
    const auto& weight = network->sites()[site]->weight();
    for (std::int64_t i = 0; i < 5; ++i) {
      const double expected = trace[row].item<double>() / static_cast<double>(weight.numel()) *
                              squared_error(weight, 6 - static_cast<int>(i));
      EXPECT_NEAR(omega[row][i].item<double>(), expected, 1e-3 * std::abs(expected)) << site << " " << i;
    }
  }
}

TEST_F(SearchThenRetrain, HawqTakesTheLeastSumUnderTheBudget) {
  const auto method = registry().find("hawq", "test").make({{"probes", 2}, {"images", 64}});
  auto t = task(1);
  const auto prepared = method->prepare(t);
  const auto omega = named(prepared.tensors, "omega");
  const auto network = t.float_network();
  const auto facts = network->facts();
  const auto limit = budget(3).bitops;
  double least = std::numeric_limits<double>::infinity();
  quant::Policy best;
  for (int code = 0; code < 5 * 5 * 5 * 5 * 5 * 5; ++code) {
    quant::Policy policy;
    double sum = 0;
    for (int site = 0, rest = code; site < 6; ++site, rest /= 5) {
      policy.push_back({6 - rest % 5, 6 - rest % 5});
      sum += omega[site][rest % 5].item<double>();
    }
    if (sum < least && quant::bitops(facts, policy) <= limit) least = sum, best = policy;
  }
  auto again = task(1);
  const auto deployed = method->deploy(again, prepared, budget(3));
  EXPECT_EQ(deployed.network->policy(), best);
  EXPECT_NEAR(to_tensor(again.records().at("/method/objective")).item<double>(), least,
              1e-9 * std::abs(least));
}

TEST_F(SearchThenRetrain, RandomStoresAllPoliciesAndRetrainsTheMedianOne) {
  auto t = task(1);
  const auto method =
      registry().find("random_feasible", "test").make({{"policies", 3}, {"check_images", 64}});
  const auto deployed = method->deploy(t, {}, budget(3));
  const auto drawn = to_tensor(t.records().at("/method/policies"));
  const auto accuracy = to_tensor(t.records().at("/method/check_accuracy"));
  ASSERT_EQ(drawn.sizes(), (std::vector<std::int64_t>{3, 6, 2}));
  ASSERT_EQ(accuracy.numel(), 3);
  const auto facts = deployed.network->facts();
  const auto policy_of = [&](std::int64_t k) {
    quant::Policy policy;
    for (std::int64_t site = 0; site < 6; ++site)
      policy.push_back({drawn[k][site][0].item<int>(), drawn[k][site][1].item<int>()});
    return policy;
  };
  std::int64_t median = 0;
  for (std::int64_t k = 0; k < 3; ++k) {
    EXPECT_LE(quant::bitops(facts, policy_of(k)), budget(3).bitops);
    int before = 0;  // how many come earlier in the order by accuracy, ties by number
    for (std::int64_t other = 0; other < 3; ++other) {
      const double mine = accuracy[k].item<double>(), theirs = accuracy[other].item<double>();
      before += theirs < mine || (theirs == mine && other < k);
    }
    if (before == 1) median = k;
  }
  EXPECT_EQ(deployed.network->policy(), policy_of(median));
}

}  // namespace
}  // namespace mpq::methods
