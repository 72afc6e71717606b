// Which uniform pair a budget gets.

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "datasets/registry.h"
#include "methods/retrain.h"

namespace mpq::methods {
namespace {

class UniformPolicy : public ::testing::Test {
 protected:
  UniformPolicy()
      : dataset_(datasets::registry().find("synthetic", "test").open(Json::object(), "")),
        network_(models::make_network("resnet8", Json::object(), {})) {
    TaskParts parts;
    parts.dataset = &dataset_;
    parts.network = "resnet8";
    parts.candidates = {6, 5, 4, 3, 2};
    task_ = std::make_unique<Task>(std::move(parts));
    const auto cost = [&](quant::Bits bits) {
      return quant::bitops(network_->facts(), quant::Policy(network_->sites().size(), bits));
    };
    unit_ = (cost({3, 2}) - cost({2, 2})) / 2;
    ends_ = cost({2, 2}) - 4 * unit_;
  }
  /// Of a budget of `products` times the cost of all sites at w1a1, and `more` BitOPs.
  quant::Bits pair_at(std::int64_t products, std::int64_t more = 0) const {
    const auto policy = best_uniform_policy(
        *task_, *network_, {ends_ + products * unit_ + more, "test", quant::Convention::ends_8x8});
    EXPECT_EQ(policy, quant::Policy(network_->sites().size(), policy.front()));
    return policy.front();
  }

  datasets::Dataset dataset_;
  std::unique_ptr<models::Network> network_;
  std::unique_ptr<Task> task_;
  std::int64_t unit_ = 0, ends_ = 0;
};

TEST_F(UniformPolicy, MeetsABudgetThatAPairCostsByTheMostEvenOne) {
  const std::map<std::int64_t, quant::Bits> by_product = {
      {36, {6, 6}}, {30, {6, 5}}, {25, {5, 5}}, {24, {6, 4}}, {20, {5, 4}}, {18, {6, 3}}, {16, {4, 4}},
      {15, {5, 3}}, {12, {4, 3}}, {10, {5, 2}}, {9, {3, 3}},  {8, {4, 2}},  {6, {3, 2}},  {4, {2, 2}}};
  for (const auto& [product, bits] : by_product) EXPECT_EQ(pair_at(product), bits) << product;
}

TEST_F(UniformPolicy, GetsBelowAnOddBudgetThePairThatStarvesNeither) {
  EXPECT_EQ(pair_at(11), (quant::Bits{3, 3})) << "w5a2 costs more";
  EXPECT_EQ(pair_at(23), (quant::Bits{5, 4}));
  EXPECT_EQ(pair_at(15, -1), (quant::Bits{4, 3}));
  EXPECT_EQ(pair_at(19), (quant::Bits{4, 4})) << "w6a3 costs more";
  EXPECT_EQ(pair_at(1000), (quant::Bits{6, 6}));
  EXPECT_THROW(pair_at(4, -1), Unsupported);
}

}  // namespace
}  // namespace mpq::methods
