#include "quant/instability.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/error.h"
#include "tests/unit/quant_kernels/oracle.h"

namespace mpq::quant {
namespace {

class InstabilityMetric : public ::testing::TestWithParam<std::string> {
 protected:
  ComposedScope scope_{GetParam() == "composed"};
};
INSTANTIATE_TEST_SUITE_P(Path, InstabilityMetric, ::testing::Values("fused", "composed"), oracle::test_name);

// Codes −2 … 1 of step 1, proportion 0.25: turbulent within 0.125 of −1.5, −0.5 and 0.5, and nowhere else.
TEST_P(InstabilityMetric, CountsWeightsNearRoundingBoundaries) {
  const std::vector<float> turbulent = {-1.6f, -1.4f, -0.55f, -0.45f, 0.4f, 0.6f};
  const std::vector<float> calm = {-9.0f, -2.0f, -1.63f, -1.37f, -1.0f, -0.63f,
                                   0.0f,  0.37f, 0.63f,  1.0f,   1.5f,  7.0f};
  auto all = turbulent;
  all.insert(all.end(), calm.begin(), calm.end());
  const auto result = instability(torch::tensor(all), torch::tensor({1.0f}), {{2, 0}});
  EXPECT_FLOAT_EQ(result.metric, 6.0f / 18 / 2);
}

TEST_P(InstabilityMetric, CountsStrictly) {  // exactly on the edge 0.375, representable
  EXPECT_EQ(instability(torch::tensor({0.375f}), torch::tensor({1.0f}), {{2, 0}}).metric, 0);
  EXPECT_EQ(instability(torch::tensor({-1.625f}), torch::tensor({1.0f}), {{2, 0}}).metric, 0);
  EXPECT_EQ(instability(torch::tensor({0.37500003f}), torch::tensor({1.0f}), {{2, 0}}).metric, 0.5f);
}

TEST_P(InstabilityMetric, AveragesOverTheListAndDividesByBits) {
  const auto weight = torch::tensor({0.45f, 0.0f});  // near a boundary of step 1; on the grid of step 0.45
  const auto result = instability(weight, torch::tensor({0.45f, 1.0f}), {{4, 0}, {2, 1}});
  ASSERT_EQ(result.per_candidate.size(), 2u);
  EXPECT_EQ(result.per_candidate[0], 0);
  EXPECT_EQ(result.per_candidate[1], 0.25f);
  EXPECT_EQ(result.metric, 0.125f);
}

TEST_P(InstabilityMetric, EqualsTheOracle) {
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    torch::manual_seed(3);
    const auto weight = (torch::randn({16, 16, 3, 3}, type) * 0.1).contiguous(at::MemoryFormat::ChannelsLast);
    const auto bank = torch::tensor({0.01, 0.02, 0.04, 0.07, 0.11}, type);
    const auto result = instability(weight, bank, {{6, 0}, {5, 1}, {4, 2}, {3, 3}, {2, 4}}, 0.3);
    for (int i = 0; i < 5; ++i) {
      int count = 0;
      for (std::int64_t k = 0; k < weight.numel(); ++k) {
        const auto w = weight.reshape({-1})[k];
        count +=
            type == torch::kFloat32
                ? oracle::turbulent(w.item<float>(), bank[i].item<float>(), range_of(6 - i, true), 0.3)
                : oracle::turbulent(w.item<double>(), bank[i].item<double>(), range_of(6 - i, true), 0.3);
      }
      EXPECT_EQ(result.per_candidate[i], static_cast<float>(count) / 2304.0f / static_cast<float>(6 - i));
    }
  }
}

TEST_P(InstabilityMetric, RefusesABadStep) {
  EXPECT_THROW(instability(torch::ones({3}), torch::tensor({0.0f}), {{2, 0}}), Error);
}

TEST(InstabilityThreads, DoNotChangeACount) {
  const int before = at::get_num_threads();
  const auto weight = torch::randn({200, 40, 3, 3});
  const auto bank = torch::tensor({0.1f, 0.9f});
  at::set_num_threads(1);
  const auto one = instability(weight, bank, {{5, 0}, {2, 1}});
  at::set_num_threads(2);
  const auto two = instability(weight, bank, {{5, 0}, {2, 1}});
  at::set_num_threads(before);
  EXPECT_EQ(one.per_candidate, two.per_candidate);
}

}  // namespace
}  // namespace mpq::quant
