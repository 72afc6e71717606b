#include "results/facts.h"

#include <gtest/gtest.h>

namespace mpq::results {
namespace {

const Json kObject = {{"a", {{"b", 7}, {"c", "text"}, {"d", 1.5}, {"e", true}}}, {"list", {1, 2}}};

TEST(Facts, AreFoundByTheirPath) {
  EXPECT_EQ(integer_fact(kObject, "a/b"), 7);
  EXPECT_EQ(text_fact(kObject, "a/c"), "text");
  EXPECT_EQ(number_fact(kObject, "a/d"), 1.5);
  EXPECT_EQ(bool_fact(kObject, "a/e"), true);
  EXPECT_EQ(fact(kObject, ""), kObject);
}

TEST(Facts, AreAbsentRatherThanAnError) {
  for (const auto* path : {"x", "a/x", "a/b/c", "list/0", "/", "a/", "a//b"}) {
    EXPECT_TRUE(fact(kObject, path).is_null()) << path;
    EXPECT_EQ(text_fact(kObject, path), "") << path;
    EXPECT_EQ(integer_fact(kObject, path), std::nullopt) << path;
  }
  EXPECT_EQ(integer_fact(kObject, "a/c"), std::nullopt);
  EXPECT_EQ(text_fact(kObject, "a/b"), "");
  EXPECT_TRUE(fact(Json(3), "a").is_null());
}

TEST(Facts, OfTheBuildAreFoundNestedOrMerged) {
  EXPECT_EQ(build_fact({{"build", {{"revision", "abc"}}}}, "revision"), "abc");
  EXPECT_EQ(build_fact({{"revision", "abc"}}, "revision"), "abc");
  EXPECT_TRUE(build_fact({{"cpu", "x"}}, "revision").is_null());
}

}  // namespace
}  // namespace mpq::results
