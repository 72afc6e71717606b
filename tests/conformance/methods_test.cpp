// Every registered method keeps every promise of the interface. Nothing here names a method: what is added
// tomorrow is tested tomorrow.

#include <gtest/gtest.h>

#include "methods/registry.h"
#include "worker/conformance.h"

namespace mpq::worker {
namespace {

class MethodConformance : public ::testing::TestWithParam<std::string> {};

// One test per method: the undisturbed run that the promises compare with is computed once.
TEST_P(MethodConformance, KeepsEveryPromise) {
  for (const auto& promise : promises())
    EXPECT_EQ(promise.check(GetParam()), "")
        << promise.name << ": " << promise.sentence << "\nrerun alone: mpq check " << GetParam();
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, entry] : methods::registry().all()) all.push_back(name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, MethodConformance, ::testing::ValuesIn(names()),
                         [](const auto& tested) { return tested.param; });

TEST(MethodRegistry, IsNotEmptyAndHasNoNameTwice) { EXPECT_GE(names().size(), 5U); }

}  // namespace
}  // namespace mpq::worker
