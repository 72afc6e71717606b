#include "analysis/costs.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/random.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_folder.h"

namespace mpq::analysis {
namespace {

using mpq::testing::TempFolder;

TEST(BreakEven, OfTheReleasedRecipesIsTheSeventhBudget) {
  // 4 passes over 150 epochs, once, against 90 epochs of learned-step retraining for every budget.
  EXPECT_EQ(break_even(600, 0, 0, 90), 7);
}

TEST(BreakEven, NeedsToBeCheaperAndNotEqual) {
  EXPECT_EQ(break_even(180, 0, 0, 90), 3);  // equal at 2
  EXPECT_EQ(break_even(10, 5, 20, 5), 1);
  EXPECT_EQ(break_even(20, 5, 20, 5), std::nullopt);
  EXPECT_EQ(break_even(20, 6, 10, 5), std::nullopt);
  EXPECT_EQ(break_even(0, 6, 100, 5), std::nullopt);  // cheaper at first, but not for good
}

TEST(BreakEven, CheaperAtFirstHasAnEnd) {
  EXPECT_EQ(cheaper_until(0, 6, 100, 5), 99);  // equal at 100
  EXPECT_EQ(cheaper_until(0, 6, 3.5, 5), 3);
  EXPECT_EQ(cheaper_until(20, 6, 10, 5), std::nullopt);  // never
  EXPECT_EQ(cheaper_until(0, 5, 10, 6), std::nullopt);   // for good
  EXPECT_EQ(cheaper_until(0, 6, 0.5, 5), std::nullopt);
}

TEST(BreakEvenProperty, IsTheFirstOfAllCheaperBudgets) {
  RandomStream random(1, "break-even");
  for (int round = 0; round < 2000; ++round) {
    const double a = random.below(1000), x = random.below(50), b = random.below(1000), y = random.below(50);
    std::optional<std::int64_t> expected;
    for (int n = 2000; n >= 1 && a + n * x < b + n * y; --n) expected = n;
    ASSERT_EQ(break_even(a, x, b, y), expected) << a << " + n·" << x << " against " << b << " + n·" << y;
  }
}

struct Fixture {
  explicit Fixture(const mpq::testing::FakeStudy& study = {})
      : data(collect(store, mpq::testing::build_fake_store(store, study))) {}
  TempFolder folder{TempFolder::Place::memory};
  results::Store store{folder / "store"};
  StudyData data;
  std::vector<Row> rows = make_rows(data);
  std::vector<MethodCost> costs = method_costs(rows, data);

  const MethodCost& of(const std::string& label) const {
    for (const auto& cost : costs)
      if (cost.label == label) return cost;
    throw std::runtime_error("no costs of " + label);
  }
};

TEST(MethodCosts, CountPrepareOnceAndDeployForEveryBudget) {
  mpq::testing::FakeStudy study;
  study.seeds = {1, 2};
  const Fixture f(study);
  // tests/support/fake_store.h: one-shot prepare trains 160,000 forward and backward and recalibrates 2,048;
  // deploy searches 30,000 and recalibrates 2,048. A backward pass counts as two.
  const auto& one_shot = f.of("RFQuant");
  EXPECT_EQ(one_shot.prepare.stages, 2);
  EXPECT_EQ(one_shot.deploy.stages, 4);
  EXPECT_NEAR(one_shot.image_passes(1), 3 * 160'000 + 2'048 + 32'048, 1e-6);
  EXPECT_NEAR(one_shot.image_passes(10), 3 * 160'000 + 2'048 + 10 * 32'048, 1e-6);
  EXPECT_NEAR(one_shot.wall_seconds(3), 241 + 3 * 9, 1e-9);
  EXPECT_TRUE(one_shot.is_one_shot());
  EXPECT_FALSE(one_shot.retrains());
  EXPECT_EQ(one_shot.peak_memory_bytes, 200'000'000);
}

TEST(MethodCosts, TellFamiliesApartByWhatWasMeasured) {
  const Fixture f;
  for (const auto* label : {"LSQ", "HAWQ"}) {
    EXPECT_TRUE(f.of(label).retrains()) << label;
    EXPECT_FALSE(f.of(label).is_one_shot()) << label;
  }
  EXPECT_EQ(f.costs.size(), 3U);  // the float network is not a row of costs
}

TEST(MethodCosts, GiveTheBreakEvenOfEveryPair) {
  const Fixture f;
  const auto pairs = break_evens(f.costs);
  ASSERT_EQ(pairs.size(), 2U);
  // 482,048 + n · 32,048 < n · 180,000 from n = 482,048 / 147,952 = 3.26 on.
  EXPECT_EQ(pairs[0].one_shot->label, "RFQuant");
  EXPECT_EQ(pairs[0].by_image_passes, 4);
}

TEST(MethodCosts, LeaveOutStagesThatDidNotHappen) {
  mpq::testing::FakeStudy study;
  study.methods[1].unsupported = "cannot";
  study.methods[2].missing = true;
  const Fixture f(study);
  EXPECT_EQ(f.costs.size(), 1U);
  EXPECT_EQ(break_evens(f.costs).size(), 0U);
}

}  // namespace
}  // namespace mpq::analysis
