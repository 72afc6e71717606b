// A method that trains a policy which was given site by site.

#include <gtest/gtest.h>

#include "datasets/registry.h"
#include "methods/registry.h"
#include "methods/retrain.h"

namespace mpq::methods {
namespace {

class GivenPolicy : public ::testing::Test {
 protected:
  GivenPolicy()
      : dataset_(datasets::registry().find("synthetic", "test").open(Json::object(), "")),
        network_(models::make_network("resnet8", Json::object(), {})) {}

  Task task() {
    TaskParts parts;
    parts.dataset = &dataset_;
    parts.network = "resnet8";
    parts.float_state = network_->state();
    parts.recipe.epochs = 1;
    parts.recipe.batch = 512;
    parts.candidates = {6, 4, 2};
    return Task(std::move(parts));
  }
  std::vector<int> widths(int bits) const { return std::vector<int>(network_->sites().size(), bits); }
  /// Why the policy is declined; empty if it is not.
  std::string reason(const std::vector<int>& weight, const std::vector<int>& act, std::int64_t budget) {
    auto t = task();
    const auto method = registry().find("lsq", "test").make({{"weight_bits", weight}, {"act_bits", act}});
    try {
      deployed_ = method->deploy(t, {}, {budget, "test", quant::Convention::ends_8x8});
    } catch (const Unsupported& declined) {
      return declined.reason;
    }
    return "";
  }

  datasets::Dataset dataset_;
  std::unique_ptr<models::Network> network_;
  Deployed deployed_;
};

constexpr std::int64_t kLarge = std::int64_t{1} << 50;

TEST_F(GivenPolicy, IsTheOneThatIsTrained) {
  auto weight = widths(4);
  weight.front() = 6;
  ASSERT_EQ(reason(weight, widths(2), kLarge), "");
  const auto policy = deployed_.network->policy();
  EXPECT_EQ(policy.front(), (quant::Bits{6, 2}));
  EXPECT_EQ(policy.back(), (quant::Bits{4, 2}));
}

TEST_F(GivenPolicy, IsDeclinedForWhatItIs) {
  EXPECT_EQ(reason({4, 4}, widths(4), kLarge), "the policy has 2 weight and 6 activation widths for 6 sites");
  EXPECT_EQ(reason(widths(3), widths(4), kLarge), "site 0 cannot have w3a4");
  EXPECT_TRUE(reason(widths(4), widths(4), 1000).ends_with("BitOPs, more than the budget of 1000"));
}

}  // namespace
}  // namespace mpq::methods
