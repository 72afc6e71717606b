// Every registered method keeps every promise of the interface. Nothing here names a method: what is added
// tomorrow is tested tomorrow.

#include <gtest/gtest.h>

#include <tuple>

#include "methods/registry.h"
#include "worker/conformance.h"

namespace mpq::worker {
namespace {

using Tested = std::tuple<std::string, std::string>;  // method, network

class MethodConformance : public ::testing::TestWithParam<Tested> {};

// One test per method and network: the undisturbed run that the promises compare with is computed once.
TEST_P(MethodConformance, KeepsEveryPromise) {
  const auto& [method, network] = GetParam();
  use_subject(network);
  for (const auto& promise : promises())
    EXPECT_EQ(promise.check(method), "") << promise.name << ": " << promise.sentence;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, entry] : methods::registry().all()) all.push_back(name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, MethodConformance,
                         ::testing::Combine(::testing::ValuesIn(names()), ::testing::ValuesIn(subjects())),
                         [](const auto& tested) {
                           return std::get<0>(tested.param) + "_on_" + std::get<1>(tested.param);
                         });

TEST(MethodRegistry, IsNotEmptyAndHasNoNameTwice) { EXPECT_GE(names().size(), 5U); }

}  // namespace
}  // namespace mpq::worker
