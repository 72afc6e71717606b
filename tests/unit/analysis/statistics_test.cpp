#include "analysis/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace mpq::analysis {
namespace {

constexpr double kRounding = 1e-12;  // sums of a few hundred terms
constexpr double kPrinted = 5e-7;    // hand numbers are given to six digits
constexpr double kZ = 1.959963984540054;

// Images 0, 1, …; image i is right where the character is '1'.
Predictions predictions(const std::string& right) {
  Predictions p;
  for (std::size_t i = 0; i < right.size(); ++i) {
    p.image_index.push_back(static_cast<std::int64_t>(i));
    p.label.push_back(0);
    p.top1.push_back(right[i] == '1');
    p.top5.push_back(1);
    p.entropy.push_back(right[i] == '1' ? 0.1 : 2.0);
  }
  return p;
}

// only_a images that a alone has right, and so on.
std::pair<Predictions, Predictions> table(int both, int only_a, int only_b, int neither) {
  const auto n = [](int count, char c) { return std::string(static_cast<std::size_t>(count), c); };
  return {predictions(n(both, '1') + n(only_a, '1') + n(only_b, '0') + n(neither, '0')),
          predictions(n(both, '1') + n(only_a, '0') + n(only_b, '1') + n(neither, '0'))};
}

PairedDifference paired(const std::pair<Predictions, Predictions>& ab) {
  return paired_difference({&ab.first}, {&ab.second}, "a test");
}

TEST(Measure, KeepsIntervalsOverSeedsWithinWhatIsPossible) {
  Predictions most, all;
  most.image_index = all.image_index = {0, 1, 2, 3};
  most.top1 = most.top5 = {1, 1, 1, 0}, all.top1 = all.top5 = {1, 1, 1, 1};
  most.entropy = {0, 0, 0, 2}, all.entropy = {0, 0, 0, 0};
  const auto metrics = measure({&most, &all});
  EXPECT_EQ(metrics.top1.high, 1);  // two seeds: Student's 12.7 would lead far beyond
  EXPECT_EQ(metrics.top1.low, 0);
  EXPECT_EQ(metrics.cross_entropy.low, 0);
}

TEST(Wilson, EqualsItsClosedFormsAtTheEndsAndInTheMiddle) {
  EXPECT_NEAR(wilson(0, 10).high, kZ * kZ / (10 + kZ * kZ), kRounding);
  EXPECT_EQ(wilson(0, 10).low, 0);
  EXPECT_NEAR(wilson(10, 10).low, 10 / (10 + kZ * kZ), kRounding);
  EXPECT_NEAR(wilson(10, 10).high, 1, kRounding);
  const double half = kZ / (2 * std::sqrt(100 + kZ * kZ));  // p = 1/2
  EXPECT_NEAR(wilson(50, 100).low, 0.5 - half, kRounding);
  EXPECT_NEAR(wilson(50, 100).high, 0.5 + half, kRounding);
}

TEST(Wilson, HasTheStandardErrorsOfPublishedTestSets) {
  // √(p(1 − p)/n): 0.205 points at 70 % of 50,000 images, 0.271 at 92 % of 10,000.
  const auto imagenet = wilson(35'000, 50'000), cifar = wilson(9'200, 10'000);
  EXPECT_NEAR((imagenet.high - imagenet.low) / 2 / kZ, 0.00205, 5e-6);
  EXPECT_NEAR((cifar.high - cifar.low) / 2 / kZ, 0.00271, 5e-6);
}

TEST(Wilson, ContainsTheTruthAboutAsOftenAsItSays) {
  int inside = 0;
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    RandomStream random(1, "wilson", static_cast<std::uint64_t>(round));
    std::int64_t hits = 0;
    for (int i = 0; i < 80; ++i) hits += random.uniform() < 0.9;
    inside += wilson(hits, 80).contains(0.9);
  }
  EXPECT_NEAR(inside / double(kRounds), 0.95, 0.025);  // discreteness at n = 80
}

TEST(Wilson, RefusesImpossibleCounts) {
  EXPECT_THROW(wilson(1, 0), Error);
  EXPECT_THROW(wilson(11, 10), Error);
  EXPECT_THROW(wilson(-1, 10), Error);
}

TEST(MeanOverSeeds, OfOneSeedIsTheNormalInterval) {
  // mean 3/4, sample variance 1/4 over 4 images: half = z · √(1/16).
  const auto mean = mean_over_seeds({{1, 0, 1, 1}});
  EXPECT_NEAR(mean.value, 0.75, kRounding);
  EXPECT_NEAR(mean.high - mean.value, kZ / 4, kRounding);
  EXPECT_NEAR(mean.value - mean.low, kZ / 4, kRounding);
}

TEST(MeanOverSeeds, OfEqualImagesIsStudentsInterval) {
  // Seeds 0.5 and 0.7: s = 0.141421, s/√2 = 0.1, t(1) = 12.706205.
  EXPECT_NEAR(mean_over_seeds({{0.5, 0.5}, {0.7, 0.7}}).high, 0.6 + 1.2706205, kPrinted);
  // Seeds 1, 2, 3: s = 1, t(2) = 4.302653.
  EXPECT_NEAR(mean_over_seeds({{1}, {2}, {3}}).high, 2 + 4.302653 / std::sqrt(3), kPrinted);
}

TEST(MeanOverSeeds, AddsTheTwoKindsOfSpreadInSquares) {
  // Seed means 0.5, 0.7 and image means 0.5, 0.7: σ²/N = 0.02/2 = 0.01.
  const auto mean = mean_over_seeds({{0.4, 0.6}, {0.6, 0.8}});
  EXPECT_NEAR(mean.value, 0.6, kRounding);
  EXPECT_NEAR(mean.high - mean.value, std::sqrt(1.2706205 * 1.2706205 + kZ * kZ * 0.01), kPrinted);
}

TEST(MeanOverSeeds, RefusesRaggedOrEmptyValues) {
  EXPECT_THROW(mean_over_seeds({}), Error);
  EXPECT_THROW(mean_over_seeds({{}}), Error);
  EXPECT_THROW(mean_over_seeds({{1, 2}, {1}}), Error);
}

// Truth 0; seeds, images and their interaction all vary. A repetition draws all of them anew.
double coverage(int seeds, double seed_spread, double image_spread) {
  constexpr int kRounds = 2000, kImages = 60;
  int inside = 0;
  for (int round = 0; round < kRounds; ++round) {
    RandomStream random(2, "coverage", static_cast<std::uint64_t>(round), static_cast<std::uint64_t>(seeds));
    std::vector<double> of_image(kImages);
    for (auto& value : of_image) value = image_spread * random.normal();
    std::vector<std::vector<double>> values;
    for (int s = 0; s < seeds; ++s) {
      const double of_seed = seed_spread * random.normal();
      auto& one = values.emplace_back();
      for (int i = 0; i < kImages; ++i)
        one.push_back(of_seed + of_image[static_cast<std::size_t>(i)] + 0.3 * random.normal());
    }
    inside += mean_over_seeds(values).contains(0);
  }
  return inside / double(kRounds);
}

TEST(MeanOverSeedsProperty, KeepsItsLevelWhateverVaries) {
  for (const int seeds : {2, 3, 5, 10})
    for (const auto& [seed_spread, image_spread] :
         {std::pair(0.3, 0.0), {0.0, 1.0}, {0.1, 1.0}, {0.0, 0.0}}) {
      const auto level = coverage(seeds, seed_spread, image_spread);
      EXPECT_GE(level, 0.935) << seeds << " seeds, spreads " << seed_spread << ", " << image_spread;
    }
}

TEST(PairedDifference, OfOneSeedIsAgrestiAndMins) {
  // b = 20, c = 10, n = 100: centre 10/102 = 0.098039, half = z·√(31 − 100/102)/102 = 0.105280.
  const auto p = paired(table(60, 20, 10, 10));
  EXPECT_NEAR(p.difference.value, 0.1, kRounding);
  EXPECT_NEAR(p.difference.low, 0.098039 - 0.105280, 2e-6);
  EXPECT_NEAR(p.difference.high, 0.098039 + 0.105280, 2e-6);
  EXPECT_EQ(p.only_a, 20);
  EXPECT_EQ(p.only_b, 10);
  EXPECT_EQ(p.images, 100);
}

TEST(PairedDifference, HasMcNemarsExactProbability) {
  // 8 against 2: 2 · (1 + 10 + 45)/2¹⁰ = 0.109375.
  EXPECT_NEAR(*paired(table(50, 8, 2, 40)).mcnemar_p, 0.109375, kRounding);
  EXPECT_NEAR(*paired(table(50, 2, 8, 40)).mcnemar_p, 0.109375, kRounding);
  EXPECT_EQ(*paired(table(50, 5, 5, 40)).mcnemar_p, 1);
  EXPECT_EQ(*paired(table(50, 0, 0, 40)).mcnemar_p, 1);
}

TEST(PairedDifference, HasThePublishedStandardError) {
  // √(0.1/10,000): 10 % of 10,000 predictions discordant, s.e. 0.32 points.
  const auto p = paired(table(8'700, 500, 500, 300));
  EXPECT_NEAR((p.difference.high - p.difference.low) / 2 / kZ, 0.00316, 5e-6);
}

TEST(PairedDifference, OfEqualPredictionsIsNotCertain) {
  const auto p = paired(table(80, 0, 0, 20));
  EXPECT_EQ(p.difference.value, 0);
  EXPECT_LT(p.difference.low, 0);
  EXPECT_GT(p.difference.high, 0);
}

TEST(PairedDifference, ChangesSignWithItsSides) {
  const auto ab = table(60, 17, 4, 19);
  const auto forth = paired(ab), back = paired({ab.second, ab.first});
  EXPECT_NEAR(forth.difference.low, -back.difference.high, kRounding);
  EXPECT_NEAR(forth.difference.high, -back.difference.low, kRounding);
}

TEST(PairedDifference, OfOneSeedKeepsItsLevel) {
  constexpr int kRounds = 4000;
  int inside = 0;
  for (int round = 0; round < kRounds; ++round) {
    RandomStream random(3, "paired", static_cast<std::uint64_t>(round));
    int counts[3] = {};  // truth: only a 6 %, only b 3 %, difference 3 points
    for (int i = 0; i < 200; ++i) {
      const double u = random.uniform();
      ++counts[u < 0.06 ? 0 : u < 0.09 ? 1 : 2];
    }
    inside += paired(table(counts[2], counts[0], counts[1], 0)).difference.contains(0.03);
  }
  EXPECT_NEAR(inside / double(kRounds), 0.95, 0.02);
}

TEST(PairedDifference, OfSeveralSeedsIsTheMeanOfTheirDifferences) {
  const auto a1 = predictions("1110"), b1 = predictions("1100"), a2 = predictions("1111"),
             b2 = predictions("0111");
  const auto p = paired_difference({&a1, &a2}, {&b1, &b2}, "a test");
  EXPECT_EQ(p.by_seed, (std::vector<double>{0.25, 0.25}));
  EXPECT_EQ(p.only_a, 2);
  EXPECT_EQ(p.only_b, 0);
  EXPECT_FALSE(p.mcnemar_p.has_value());
  const auto expected = mean_over_seeds({{0, 0, 1, 0}, {1, 0, 0, 0}});
  EXPECT_EQ(p.difference.low, expected.low);
  EXPECT_EQ(p.difference.value, 0.25);
}

TEST(PairedDifference, RefusesOtherImagesOrLabels) {
  const auto a = predictions("1110");
  auto shorter = predictions("111"), other = a, relabelled = a;
  other.image_index[3] = 7;
  relabelled.label[0] = 5;
  for (const auto* b : {&shorter, &other, &relabelled}) try {
      paired_difference({&a}, {b}, "RFQuant against LSQ");
      FAIL() << "compared";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::input);
      EXPECT_EQ(e.parts().where, "RFQuant against LSQ");
    }
}

TEST(Verdict, NeedsAnIntervalWithoutZero) {
  EXPECT_EQ(verdict(paired(table(50, 40, 5, 5))), Verdict::better);
  EXPECT_EQ(verdict(paired(table(50, 5, 40, 5))), Verdict::worse);
  EXPECT_EQ(verdict(paired(table(50, 21, 20, 9))), Verdict::undecided);
}

TEST(Verdict, IsUndecidedWhereTheTwoTestsDisagree) {
  const auto p = paired(table(878, 72, 50, 0));
  ASSERT_GT(p.difference.low, 0);
  ASSERT_GT(*p.mcnemar_p, 0.05);
  EXPECT_EQ(verdict(p), Verdict::undecided);
}

TEST(Metrics, AreMeansOverImagesAndSeeds) {
  const auto a = predictions("1110"), b = predictions("1000");
  const auto one = measure({&a}), two = measure({&a, &b});
  EXPECT_EQ(one.top1.value, 0.75);
  EXPECT_EQ(one.top1.low, wilson(3, 4).low);
  EXPECT_EQ(one.top5.value, 1);
  EXPECT_NEAR(one.cross_entropy.value, (3 * 0.1 + 2.0) / 4, kRounding);
  EXPECT_EQ(two.top1.value, 0.5);
  EXPECT_EQ(two.top1_by_seed, (std::vector<double>{0.75, 0.25}));
  EXPECT_EQ(two.images, 4);
}

}  // namespace
}  // namespace mpq::analysis
