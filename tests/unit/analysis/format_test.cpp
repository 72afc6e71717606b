#include "analysis/format.h"

#include <gtest/gtest.h>

namespace mpq::analysis {
namespace {

TEST(Format, GroupsDigitsByThree) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(389'324'800), "389,324,800");
  EXPECT_EQ(grouped(-12'345), "−12,345");
}

TEST(Format, PrintsFractionsAsPercentAndPoints) {
  EXPECT_EQ(percent_interval({0.8712, 0.86, 0.8809}), "87.12 [86.00, 88.09]");
  EXPECT_EQ(points_interval({0.012, -0.003, 0.027}), "+1.20 [−0.30, +2.70]");
  EXPECT_EQ(points(-0.00001), "0.00");
}

TEST(Format, KeepsSignificantDigits) {
  EXPECT_EQ(giga(389'324'800), "0.3893");
  EXPECT_EQ(giga(22'850'000'000), "22.85");
  EXPECT_EQ(giga(1.858e12), "1858");
  EXPECT_EQ(giga(0), "0");
  EXPECT_EQ(kibibytes(300'000), "36.62");
  EXPECT_EQ(millions(482'048), "0.482");
}

TEST(Format, PrintsTimesForReaders) {
  EXPECT_EQ(duration(3.21), "3.2 s");
  EXPECT_EQ(duration(75), "1 min 15 s");
  EXPECT_EQ(duration(3725), "1 h 02 min");
}

TEST(Format, ShortensListsOfSeeds) {
  EXPECT_EQ(seed_list({1}), "1");
  EXPECT_EQ(seed_list({2, 1}), "1, 2");
  EXPECT_EQ(seed_list({5, 1, 2, 3}), "1–3, 5");
  EXPECT_EQ(seeds_text({1}), "seed 1");
  EXPECT_EQ(seeds_text({1, 2, 3}), "seeds 1–3");
}

TEST(Format, MakesFileNamesOfAnything) {
  EXPECT_EQ(slug("ResNet-8/w3a3 x"), "resnet-8-w3a3-x");
  EXPECT_EQ(slug("../../etc"), "..-..-etc");
  EXPECT_EQ(slug("ü$()`"), "x");
}

TEST(Format, SaysFromWhichBudgetOnOrUpToWhich) {
  EXPECT_EQ(when_cheaper(3, {}), "from the 3rd budget on");
  EXPECT_EQ(when_cheaper({}, 2), "up to the 2nd budget");
  EXPECT_EQ(when_cheaper({}, {}), "never");
}

TEST(Format, KnowsOrdinals) {
  EXPECT_EQ(ordinal(1), "1st");
  EXPECT_EQ(ordinal(2), "2nd");
  EXPECT_EQ(ordinal(3), "3rd");
  EXPECT_EQ(ordinal(4), "4th");
  EXPECT_EQ(ordinal(11), "11th");
  EXPECT_EQ(ordinal(112), "112th");
  EXPECT_EQ(ordinal(121), "121st");
}

}  // namespace
}  // namespace mpq::analysis
