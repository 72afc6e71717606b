// What the worker says of a network before anything is trained.

#include "worker/describe.h"

#include <gtest/gtest.h>

namespace mpq::worker {
namespace {

// Depthwise sites have no 2 bits: a uniform policy gives them their next larger width, and a budget named by it can be
// met.
TEST(Inspect, UniformCostsAreThoseOfPoliciesThatSitesCanHave) {
  const auto answer = inspect(Json::parse(R"({
      "network": {"name": "mobilenet_v2", "options": {"width": 0.25, "stem": "small"}},
      "dataset": {"classes": 10, "channels": 3, "height": 32, "width": 32},
      "candidates": [6, 5, 4, 3, 2]})"));
  for (const auto& [convention, costs] : answer.at("uniform").items()) {
    const auto& reachable = answer.at("reachable").at(convention);
    EXPECT_EQ(costs.at("w2a2"), reachable.at(0)) << convention;
    EXPECT_EQ(costs.at("w6a6"), reachable.at(1)) << convention;
  }
  std::int64_t sites = 0, depthwise = 0, at_two_and_three = 0;
  for (const auto& site : answer.at("sites")) {
    const bool is_depthwise = site.at("depthwise");
    ++sites, depthwise += is_depthwise;
    at_two_and_three += site.at("macs").get<std::int64_t>() * (is_depthwise ? 9 : 4);
  }
  EXPECT_GT(depthwise, 0);
  EXPECT_LT(depthwise, sites);
  EXPECT_EQ(answer.at("uniform").at("searched_only").at("w2a2"), at_two_and_three);
}

}  // namespace
}  // namespace mpq::worker
