#include "analysis/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_folder.h"

namespace mpq::analysis {
namespace {

using mpq::testing::FakeMethod;
using mpq::testing::FakeStudy;
using mpq::testing::TempFolder;

struct Fixture {
  explicit Fixture(const FakeStudy& study)
      : data(collect(store, mpq::testing::build_fake_store(store, study))) {}
  TempFolder folder{TempFolder::Place::memory};
  results::Store store{folder / "store"};
  StudyData data;
  std::vector<Row> rows = make_rows(data);
  std::vector<std::string> problems;

  std::vector<std::string> labels() const {
    std::vector<std::string> all;
    for (const auto& row : rows) all.push_back(row.label + " " + row.budget);
    return all;
  }
};

FakeStudy study_with_seeds(std::vector<std::int64_t> seeds) {
  FakeStudy study;
  study.seeds = std::move(seeds);
  study.images = 200;
  return study;
}

TEST(Rows, PutCompetitorsTogether) {
  const Fixture f(study_with_seeds({1, 2}));
  EXPECT_THAT(f.labels(), ::testing::ElementsAre("Float -", "LSQ w3a3", "HAWQ w3a3", "RFQuant w3a3",
                                                 "LSQ w4a4", "HAWQ w4a4", "RFQuant w4a4"));
  for (const auto& row : f.rows) EXPECT_EQ(row.cases.size(), 2U) << row.label;
}

TEST(Rows, HaveTheMeanCostOfTheirDeployments) {
  const Fixture f(study_with_seeds({1, 2}));
  const auto& lsq = f.rows[1];
  EXPECT_EQ(lsq.achieved_bitops(), static_cast<double>(*lsq.requested_bitops()));
  EXPECT_LT(f.rows[2].achieved_bitops(), lsq.achieved_bitops());
  EXPECT_EQ(lsq.achieved_size_bits(), 300'000);
}

TEST(Rows, CountOneFloatNetworkOnce) {
  Fixture f(study_with_seeds({1, 2, 3}));
  const auto measured = measure_rows(f.rows, f.problems);
  ASSERT_EQ(measured.size(), 7U);
  EXPECT_TRUE(measured[0].row->is_float);
  EXPECT_EQ(measured[0].metrics.top1_by_seed.size(), 1U);
  EXPECT_EQ(measured[1].metrics.top1_by_seed.size(), 3U);
  EXPECT_TRUE(f.problems.empty());
}

TEST(Rows, AreMeasuredOnEverySplitThatWasEvaluated) {
  auto study = study_with_seeds({1});
  study.splits = {"holdout", "test"};
  Fixture f(study);
  EXPECT_EQ(splits_of(f.rows), (std::vector<std::string>{"holdout", "test"}));
  EXPECT_EQ(measure_rows(f.rows, f.problems).size(), 14U);
}

TEST(Rows, DifferFromFloatByThePairedDifference) {
  Fixture f(study_with_seeds({1}));
  const auto measured = measure_rows(f.rows, f.problems);
  EXPECT_FALSE(measured[0].to_float.has_value());
  for (std::size_t i = 1; i < measured.size(); ++i) {
    ASSERT_TRUE(measured[i].to_float.has_value());
    EXPECT_NEAR(measured[i].to_float->difference.value,
                measured[i].metrics.top1.value - measured[0].metrics.top1.value, 1e-12);
  }
}

TEST(Rows, WithoutAFloatNetworkHaveNoDifferenceToIt) {
  auto study = study_with_seeds({1});
  study.methods.erase(study.methods.begin());
  Fixture f(study);
  for (const auto& m : measure_rows(f.rows, f.problems)) EXPECT_FALSE(m.to_float.has_value());
}

TEST(Comparisons, AreAgainstTheFirstRowOfTheBudget) {
  const Fixture f(study_with_seeds({1}));
  const auto comparisons = compare_rows(f.rows, "");
  ASSERT_EQ(comparisons.size(), 4U);
  for (const auto& c : comparisons) {
    EXPECT_EQ(c.reference->label, "LSQ");
    EXPECT_EQ(c.reference->budget, c.row->budget);
    EXPECT_EQ(c.problem, "");
  }
}

TEST(Comparisons, AreAgainstTheNamedRow) {
  const Fixture f(study_with_seeds({1, 2}));
  const auto comparisons = compare_rows(f.rows, "RFQuant");
  ASSERT_EQ(comparisons.size(), 4U);
  for (const auto& c : comparisons) {
    EXPECT_EQ(c.reference->label, "RFQuant");
    EXPECT_EQ(c.seeds, (std::vector<std::int64_t>{1, 2}));
  }
}

TEST(Comparisons, PassOverRowsWithoutAResult) {
  auto study = study_with_seeds({1});
  study.methods[1].unsupported = "cannot";
  const Fixture f(study);
  const auto comparisons = compare_rows(f.rows, "");
  ASSERT_EQ(comparisons.size(), 2U);
  EXPECT_EQ(comparisons[0].reference->label, "HAWQ");
  EXPECT_EQ(comparisons[0].row->label, "RFQuant");
}

TEST(Comparisons, UseTheSeedsThatBothHave) {
  Fixture f(study_with_seeds({1, 2, 3}));
  for (auto& one : f.data.cases)
    if (one.label == "LSQ" && one.seed == 2) one.predictions.clear();
  for (const auto& c : compare_rows(f.rows, "")) EXPECT_EQ(c.seeds, (std::vector<std::int64_t>{1, 3}));
}

TEST(Comparisons, SayWhyThereIsNoNumber) {
  Fixture f(study_with_seeds({1}));
  for (auto& one : f.data.cases)
    if (one.label == "RFQuant") one.predictions["holdout"].image_index[0] = -5;
  for (const auto& c : compare_rows(f.rows, "")) {
    if (c.row->label == "RFQuant")
      EXPECT_EQ(c.problem, "two evaluations saw different images");
    else
      EXPECT_EQ(c.problem, "");
  }
  measure_rows(f.rows, f.problems);
  EXPECT_EQ(f.problems.size(), 2U);  // RFQuant against float, at both budgets
}

TEST(PolicyLines, ShareEqualPolicies) {
  const Fixture f(study_with_seeds({1, 2, 3}));
  const auto lines = policy_lines(f.rows, "tinynet", "toyset");
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0].seeds, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(PolicyLines, KeepDifferentPoliciesApart) {
  Fixture f(study_with_seeds({1, 2, 3}));
  f.data.cases.back().deployment->weight_bits[2] = 5;
  const auto lines = policy_lines(f.rows, "tinynet", "toyset");
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines.back().seeds, std::vector<std::int64_t>{3});
}

}  // namespace
}  // namespace mpq::analysis
