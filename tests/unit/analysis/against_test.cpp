#include "analysis/against.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "core/error.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_folder.h"

namespace mpq::analysis {
namespace {

using mpq::testing::FakeMethod;
using mpq::testing::FakeStudy;
using mpq::testing::TempFolder;
using Verdict = Claim::Verdict;
using ::testing::HasSubstr;

constexpr const char* kHeader = "network,dataset,method,budget,metric,value,source\n";

struct Fixture {
  explicit Fixture(FakeStudy study = {}) {
    study.methods.push_back({"NaN", "nan", FakeMethod::Family::fixed, 0.7, "", "loss is NaN"});
    report = make_report(store, mpq::testing::build_fake_store(store, study));
  }
  TempFolder folder{TempFolder::Place::memory};
  results::Store store{folder / "store"};
  Report report;

  Claim judge(const std::string& line) {
    compare_against(report, kHeader + line + "\n", "PUBLISHED.csv");
    EXPECT_EQ(report.claims.size(), 1U) << line;
    return report.claims.empty() ? Claim() : report.claims.front();
  }
  const Measured& measured(const std::string& label, const std::string& budget,
                           const std::string& split = "holdout") const {
    for (const auto& m : report.measured)
      if (m.row->label == label && m.row->budget == budget && m.split == split) return m;
    throw std::runtime_error("not measured");
  }
};

TEST(Against, SaysInsideOrOutsideForEveryNumber) {
  Fixture f;
  const auto top1 = f.measured("LSQ", "w3a3").metrics.top1;
  const auto line = [](double percent) {
    return fmt::format("tinynet,toyset,LSQ,w3a3,top1,{:.3f},paper", percent);
  };
  EXPECT_EQ(f.judge(line(100 * top1.value)).verdict, Verdict::inside);
  EXPECT_EQ(f.judge(line(100 * top1.low + 0.01)).verdict, Verdict::inside);
  EXPECT_EQ(f.judge(line(100 * top1.low - 0.01)).verdict, Verdict::outside);
  EXPECT_EQ(f.judge(line(100 * top1.high + 0.01)).verdict, Verdict::outside);
  EXPECT_EQ(f.judge(line(50)).source, "paper");
}

TEST(Against, TakesAPrintedNumberForAllThatRoundsToIt) {
  Fixture f;
  const auto row_g =
      f.measured("LSQ", "w3a3").row->achieved_bitops() / 1e9;  // exact: the interval is a point
  EXPECT_EQ(f.judge(fmt::format("tinynet,toyset,LSQ,w3a3,bitops_g,{:.3f},", row_g)).verdict, Verdict::inside);
  EXPECT_EQ(f.judge(fmt::format("tinynet,toyset,LSQ,w3a3,bitops_g,{:.3f},", row_g + 0.001)).verdict,
            Verdict::outside);
  EXPECT_EQ(f.judge("tinynet,toyset,LSQ,w3a3,size_mib,0.036,").verdict,
            Verdict::inside);  // 300,000 bits = 0.03576 MiB
  EXPECT_EQ(f.judge("tinynet,toyset,LSQ,w3a3,size_mib,0.035,").verdict, Verdict::outside);
}

TEST(Against, FindsRowsByLabelMethodAndEitherFormOfTheBudget) {
  Fixture f;
  const auto bitops = std::to_string(*f.measured("LSQ", "w3a3").row->requested_bitops());
  EXPECT_EQ(f.judge("tinynet,toyset,lsq,w3a3,top1,1.5,").method, "lsq (LSQ)");
  EXPECT_EQ(f.judge("tinynet,toyset,LSQ," + bitops + ",top1,1.5,").verdict, Verdict::outside);
  EXPECT_EQ(f.judge("tinynet,toyset,float,-,top1,91.4,").verdict, Verdict::inside);
  EXPECT_EQ(f.judge("tinynet,toyset,float,,top1,91.4,").verdict, Verdict::inside);
}

TEST(Against, HoldsOneNumberAgainstEveryVariantOfItsMethod) {
  FakeStudy study;
  study.methods.push_back({"RFQuant, parts off", "rfquant", FakeMethod::Family::one_shot, 0.84});
  Fixture f(study);
  compare_against(f.report, std::string(kHeader) + "tinynet,toyset,rfquant,w3a3,top1,86,\n", "PUBLISHED.csv");
  EXPECT_EQ(f.report.claims.size(), 2U);
}

TEST(Against, PrefersTheTestSplit) {
  FakeStudy study;
  study.splits = {"holdout", "test"};
  Fixture f(study);
  const auto claim = f.judge("tinynet,toyset,LSQ,w3a3,top1,80,");
  EXPECT_EQ(claim.split, "test");
  EXPECT_THAT(claim.ours,
              HasSubstr(fmt::format("{:.2f} [", 100 * f.measured("LSQ", "w3a3", "test").metrics.top1.value)));
  EXPECT_EQ(Fixture().judge("tinynet,toyset,LSQ,w3a3,top1,80,").split, "holdout");
}

TEST(Against, KnowsTheOtherMetrics) {
  Fixture f;
  const auto& m = f.measured("RFQuant", "w4a4");
  EXPECT_EQ(
      f.judge(fmt::format("tinynet,toyset,RFQuant,w4a4,top5,{:.2f},", 100 * m.metrics.top5.value)).verdict,
      Verdict::inside);
  EXPECT_EQ(f.judge(fmt::format("tinynet,toyset,RFQuant,w4a4,delta_float,{:+.2f},",
                                100 * m.to_float->difference.value))
                .verdict,
            Verdict::inside);
  EXPECT_EQ(
      f.judge(fmt::format("tinynet,toyset,RFQuant,w4a4,cross_entropy,{:.3f},", m.metrics.cross_entropy.value))
          .verdict,
      Verdict::inside);
}

TEST(Against, SaysWhichPartOfACaseItDoesNotKnow) {
  Fixture f;
  EXPECT_THAT(f.judge("resnet18,toyset,LSQ,w3a3,top1,80,").reason, HasSubstr("no network 'resnet18'"));
  EXPECT_THAT(f.judge("tinynet,imagenet,LSQ,w3a3,top1,80,").reason, HasSubstr("no data set 'imagenet'"));
  EXPECT_THAT(f.judge("tinynet,toyset,APoT,w3a3,top1,80,").reason, HasSubstr("no method or label 'APoT'"));
  EXPECT_THAT(f.judge("tinynet,toyset,LSQ,w2a2,top1,80,").reason, HasSubstr("no such combination"));
  EXPECT_EQ(f.judge("tinynet,toyset,LSQ,w2a2,top1,80,").verdict, Verdict::no_such_case);
}

TEST(Against, SaysWhyACaseHasNoNumber) {
  Fixture f;
  const auto failed = f.judge("tinynet,toyset,NaN,w3a3,top1,80,");
  EXPECT_EQ(failed.verdict, Verdict::no_result);
  EXPECT_THAT(failed.reason, HasSubstr("loss is NaN"));
  EXPECT_EQ(f.judge("tinynet,toyset,Float,-,delta_float,1.0,").verdict, Verdict::no_result);
}

void expect_error(const std::string& csv, const std::string& what, const std::string& where,
                  const std::string& fix) {
  Fixture f;
  try {
    compare_against(f.report, csv, "PUBLISHED.csv");
    FAIL() << "no error: " << csv;
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::input);
    EXPECT_THAT(e.parts().what, HasSubstr(what));
    EXPECT_THAT(e.parts().where, HasSubstr(where));
    EXPECT_THAT(e.parts().fix, HasSubstr(fix));
  }
  EXPECT_TRUE(f.report.claims.empty());
}

TEST(Against, RefusesTablesItCannotUnderstand) {
  const std::string header = kHeader;
  expect_error("network,dataset,method,budget,metric\n", "no column 'value'", "PUBLISHED.csv, first line",
               "add the column");
  expect_error("network,dataset,method,budget,metrics,value\n", "unknown column 'metrics'", "first line",
               "did you mean 'metric'");
  expect_error(header + "tinynet,toyset,LSQ,w3a3,top-1,80,\n", "unknown metric 'top-1'", "PUBLISHED.csv:2",
               "did you mean 'top1'");
  expect_error(header + "\ntinynet,toyset,LSQ,w3a3,top1,80 %,\n", "'80 %' is not a number", "PUBLISHED.csv:3",
               "no unit");
  expect_error(header + "tinynet,toyset,LSQ,w3a3,top1,nan,\n", "'nan'", "PUBLISHED.csv:2", "number");
  expect_error(header + "tinynet,toyset,LSQ,w3a3,top1,,\n", "''", "PUBLISHED.csv:2", "number");
  expect_error(header + "tinynet,toyset,LSQ,w3a3,top1,0.71,\n", "'0.71' is not a plausible percentage",
               "PUBLISHED.csv:2", "write 71");
  expect_error(header + "tinynet,toyset,LSQ,w3a3,top1,101,\n", "'101'", "PUBLISHED.csv:2",
               "check the number");
  expect_error(header + "tinynet,toyset\n", "a record of 2 cells", "PUBLISHED.csv:2", "commas");
  expect_error("", "holds no table", "PUBLISHED.csv", "add it");
}

}  // namespace
}  // namespace mpq::analysis
