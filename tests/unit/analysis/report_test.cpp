#include "analysis/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/against.h"
#include "analysis/csv.h"
#include "analysis/figures.h"
#include "analysis/format.h"
#include "analysis/markdown.h"
#include "core/error.h"
#include "core/file.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_folder.h"

namespace mpq::analysis {
namespace {

using mpq::testing::build_fake_store;
using mpq::testing::FakeMethod;
using mpq::testing::FakeStudy;
using mpq::testing::TempFolder;
using ::testing::HasSubstr;
using ::testing::Not;

FakeStudy rich_study() {
  FakeStudy study;
  study.seeds = {1, 2};
  study.splits = {"holdout", "test"};
  study.images = 300;
  study.methods.push_back({"PACT", "pact", FakeMethod::Family::fixed, 0.7, "needs unsigned inputs"});
  study.methods.push_back({"NaN", "nan", FakeMethod::Family::fixed, 0.7, "", "loss is NaN"});
  study.methods.push_back({"Later", "later", FakeMethod::Family::fixed, 0.7, "", "", true});
  return study;
}

struct Fixture {
  explicit Fixture(const FakeStudy& study = rich_study()) : plan(build_fake_store(store, study)) {}
  TempFolder folder{TempFolder::Place::memory};
  results::Store store{folder / "store"};
  Json plan;

  Report report(const ReportOptions& options = {}) const { return make_report(store, plan, options); }
  std::string markdown(const ReportOptions& options = {}) const { return to_markdown(report(options), {}); }
};

TEST(Report, HasEverySection) {
  const auto text = Fixture().markdown();
  for (const auto* title :
       {"# Study fake", "## What this supports", "## Accuracy", "split holdout (300 images)",
        "split test (300 images)", "## Paired differences", "## Policies", "## Cost",
        "Break-even:", "## Cases without a result", "## Where the numbers come from"})
    EXPECT_THAT(text, HasSubstr(title));
}

TEST(Report, SaysWhatDiffersFromTheDefaults) {
  Fixture fixture;
  EXPECT_THAT(fixture.markdown(), Not(HasSubstr("## Settings"))) << "plans of before do not say it";
  fixture.plan["settings"] = Json::parse(R"({
    "networks": [{"label": "small", "name": "tinynet", "options": {"width": 0.5}, "checkpoint": "w.pth"}],
    "datasets": [{"label": "toyset", "name": "toyset", "options": {}}],
    "pretrain": {"epochs": 3, "lr": 0.1},
    "methods": [{"label": "LSQ", "name": "lsq", "options": {}, "recipe": {"schedule": "epoch"}}]})");
  EXPECT_THAT(fixture.markdown(),
              HasSubstr("- Network small (`tinynet`): `width = 0.5`, from the weights w.pth\n"
                        "- Data set toyset: defaults\n"
                        "- Training of the float network: `epochs = 3, lr = 0.1`\n"
                        "- Row LSQ (`lsq`): defaults; recipe: `schedule = \"epoch\"`\n"));
}

TEST(Report, GivesCasesWithoutAResultARowAndAReason) {
  const auto text = Fixture().markdown();
  EXPECT_THAT(text, ::testing::ContainsRegex(
                        "pact/tinynet/toyset/w3a3/seed=1 +\\| unsupported +\\| needs unsigned inputs"));
  EXPECT_THAT(
      text, ::testing::ContainsRegex("nan/tinynet/toyset/w4a4/seed=2 +\\| failed +\\| deploy: loss is NaN"));
  EXPECT_THAT(text, ::testing::ContainsRegex(
                        "later/tinynet/toyset/w3a3/seed=1 +\\| missing +\\| prepare has not been run"));
  EXPECT_THAT(text, ::testing::ContainsRegex("\\| w3a3 +\\| PACT +\\| +– \\|.*unsupported"));
}

TEST(Report, ComputesFromPredictionsAndNotFromSummaries) {
  const Fixture f;
  const auto honest = f.markdown();
  for (const auto& one : f.plan["cases"])
    for (const auto& [split, key] : one["evaluate"].items()) {
      if (!f.store.finished(key)) continue;
      auto record = results::read_stage_file(f.store.stage_path(key));
      record.summary["metrics"][split] = {
          {"top1", 0.999}, {"top5", 1.0}, {"cross_entropy", 0.0}, {"images", 300}};
      results::write_stage_file(f.store.stage_path(key), record);
    }
  EXPECT_EQ(f.markdown(), honest);
}

TEST(Report, PrintsTheNumbersOfItsRows) {
  const Fixture f;
  const auto report = f.report();
  const auto text = to_markdown(report, {});
  for (const auto& m : report.measured)
    EXPECT_THAT(text, HasSubstr(percent_interval(m.metrics.top1))) << m.row->label;
  for (const auto& c : report.comparisons)
    EXPECT_THAT(text, HasSubstr(points_interval(c.paired.difference))) << c.row->label;
}

TEST(Report, ListsEverySeedWhenTheyAreFew) {
  const Fixture f;
  const auto report = f.report();
  const auto& m = report.measured[1];
  ASSERT_EQ(m.metrics.top1_by_seed.size(), 2U);
  EXPECT_THAT(to_markdown(report, {}),
              HasSubstr(percent(m.metrics.top1_by_seed[0]) + ", " + percent(m.metrics.top1_by_seed[1])));
}

TEST(Report, CountsLooksAtTheTestSet) {
  // The float network and three rows at two budgets, two seeds each.
  EXPECT_THAT(Fixture().markdown(),
              HasSubstr("Looks at the test set of toyset: 14 in this study, 14 in the whole store."));
  const Fixture f;
  std::filesystem::remove(f.store.index_path());
  EXPECT_THAT(f.markdown(), HasSubstr("Looks at the test set of toyset: 14 in this study.\n"));
  EXPECT_FALSE(std::filesystem::exists(f.store.index_path()));
}

TEST(Report, NamesMachineAndRevision) {
  const auto text = Fixture().markdown();
  for (const auto* fact : {"0123456789ab", "Fake CPU 2000", "AVX2", "1.13.1", "GNU 12.2.0 Release"})
    EXPECT_THAT(text, HasSubstr(fact));
  EXPECT_THAT(text, Not(HasSubstr("**Note:**")));
}

TEST(Report, WarnsOfMixedAndUncommittedRevisions) {
  const Fixture f;
  const auto path = f.store.stage_path(f.plan["cases"][0]["deploy"]);
  auto record = results::read_stage_file(path);
  record.environment["build"]["revision"] = "ffffffffffff";
  record.environment["build"]["dirty"] = true;
  results::write_stage_file(path, record);
  const auto text = f.markdown();
  EXPECT_THAT(text, HasSubstr("uncommitted changes (revision ffffffffffff)"));
  EXPECT_THAT(text, HasSubstr("2 different revisions"));
}

TEST(Report, ShowsCostsThatProveNoRetraining) {
  const auto text = Fixture().markdown();
  EXPECT_THAT(text, ::testing::ContainsRegex(
                        "RFQuant +\\| deploy, each budget +\\| search +\\| +30,000 \\| +0 \\| +0 \\|"));
  EXPECT_THAT(text, ::testing::ContainsRegex("RFQuant +\\| LSQ +\\| from the 4th budget on"));
}

TEST(Report, TellsChargedFromExecutedAndConvertsConventions) {
  const auto text = Fixture().markdown();
  EXPECT_THAT(text, HasSubstr("conv1 activations charged 8, executed in float"));
  EXPECT_THAT(text, HasSubstr("searched_only"));
}

TEST(Report, ConcludesWhatItsIntervalsAllow) {
  FakeStudy study;
  study.images = 2000;
  study.methods = {{"Float", "float", FakeMethod::Family::float_network, 0.91},
                   {"A", "lsq", FakeMethod::Family::fixed, 0.80},
                   {"B", "hawq", FakeMethod::Family::search_retrain, 0.90},
                   {"C", "rfquant", FakeMethod::Family::one_shot, 0.80}};
  study.budgets = {{"w3a3", 3}};
  const auto text = findings_section(Fixture(study).report());
  EXPECT_THAT(text, HasSubstr("Supported, at w3a3: B is more accurate than A"));
  EXPECT_THAT(text, HasSubstr("Undecided, at w3a3: C against A"));
  EXPECT_THAT(text, HasSubstr("One seed:"));
  EXPECT_THAT(text, HasSubstr("2 comparisons at the 95 % level"));
  EXPECT_THAT(text, HasSubstr("holdout images"));
}

TEST(Report, OfOneMethodIsHeldAgainstItsFloatNetwork) {
  FakeStudy study;
  study.images = 2000;
  study.methods = {{"Float", "float", FakeMethod::Family::float_network, 0.91},
                   {"A", "lsq", FakeMethod::Family::fixed, 0.80}};
  study.budgets = {{"w3a3", 3}};
  const auto text = findings_section(Fixture(study).report());
  EXPECT_THAT(text, HasSubstr("no two rows of one budget were evaluated on it"));
  EXPECT_THAT(text, HasSubstr("One seed:"));
  EXPECT_THAT(text, HasSubstr("Supported, at w3a3: A is less accurate than its float network"));
}

TEST(Report, ComparesWithTheRowItIsTold) {
  const Fixture f;
  ReportOptions options;
  options.reference = "RFQuant";
  EXPECT_THAT(f.markdown(options), HasSubstr("against the row RFQuant"));
  options.reference = "RFQant";
  try {
    f.report(options);
    FAIL() << "unknown reference accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::input);
    EXPECT_THAT(e.parts().fix, HasSubstr("did you mean 'RFQuant'?"));
  }
}

TEST(Report, OfAStudyThatHasNotRunSaysSo) {
  auto study = rich_study();
  for (auto& method : study.methods) method.missing = true;
  const Fixture f(study);
  EXPECT_THAT(f.markdown(), HasSubstr("Nothing has been evaluated yet."));
  EXPECT_THAT(results_text(f.report()), HasSubstr("Nothing has been evaluated yet."));
}

TEST(Report, IsTheSameForTheSameStore) {
  const Fixture a, b;
  EXPECT_EQ(a.markdown(), b.markdown());
  EXPECT_EQ(results_csv(a.report()), results_csv(b.report()));
}

TEST(Report, WritesItsFilesWholeAndLinksItsFigures) {
  const Fixture f;
  const auto files = write_report(f.report(), f.folder / "report");
  const auto text = read_file(files.markdown);
  for (const auto& figure : files.figures) {
    const auto name = std::filesystem::path(figure).filename().string();
    EXPECT_TRUE(std::filesystem::exists(f.folder / "report/figures/" + name));
    EXPECT_THAT(text, HasSubstr("](figures/" + name + ")"));
  }
  EXPECT_EQ(files.figures.size(), files.note.empty() ? 5U : 0U);
  EXPECT_EQ(read_file(files.csv), results_csv(f.report()));
}

TEST(Report, WithoutGnuplotStillHasItsTables) {
  const Fixture f;
  ReportOptions options;
  options.gnuplot = "no-such-gnuplot";
  const auto files = write_report(f.report(options), f.folder / "report");
  const auto text = read_file(files.markdown);
  EXPECT_TRUE(files.figures.empty());
  EXPECT_THAT(text, HasSubstr("'no-such-gnuplot' is not installed"));
  EXPECT_THAT(text, HasSubstr("## Paired differences"));
  EXPECT_THAT(text, Not(HasSubstr("](figures/")));
}

TEST(Report, HasTheVerdictsOnPrintedNumbers) {
  const Fixture f;
  auto report = f.report();
  compare_against(report,
                  "network,dataset,method,budget,metric,value\ntinynet,toyset,LSQ,w3a3,top1,12.0\nx,toyset,"
                  "LSQ,w3a3,top1,12.0\n",
                  "P.csv");
  const auto text = to_markdown(report, {});
  EXPECT_THAT(text, HasSubstr("`P.csv`: 1 outside the interval, 1 no such case."));
  EXPECT_EQ(to_json(report)["claims"].size(), 2U);
}

TEST(ResultsCsv, HasALineForEveryCaseAndSplit) {
  const Fixture f;
  const auto records = parse_csv(results_csv(f.report()), "results.csv");
  EXPECT_EQ(records.size(), 2 * f.plan["cases"].size());
  for (const auto& record : records) {
    const bool done = record.cells.at("status") == "done";
    EXPECT_EQ(record.cells.at("top1").empty(), !done) << record.cells.at("case");
    EXPECT_EQ(record.cells.at("reason").empty(), done) << record.cells.at("case");
  }
}

TEST(ResultsCsv, IsUnroundedAndExact) {
  const Fixture f;
  const auto report = f.report();
  for (const auto& record : parse_csv(results_csv(report), "results.csv"))
    for (const auto& one : report.data.cases) {
      if (one.id != record.cells.at("case") || !one.predictions.contains(record.cells.at("split"))) continue;
      const auto metrics = measure({&one.predictions.at(record.cells.at("split"))});
      EXPECT_EQ(std::stod(record.cells.at("top1")), metrics.top1.value);
      EXPECT_EQ(std::stod(record.cells.at("top1_high")), metrics.top1.high);
      EXPECT_EQ(std::stoll(record.cells.at("achieved_bitops")), one.deployment->achieved_bitops);
    }
}

TEST(ReportJson, HoldsRowsComparisonsAndCosts) {
  const Fixture f;
  const auto report = f.report();
  const auto json = to_json(report);
  EXPECT_EQ(json["study"], "fake");
  EXPECT_EQ(json["rows"].size(), report.measured.size());
  EXPECT_EQ(json["comparisons"].size(), report.comparisons.size());
  EXPECT_EQ(json["costs"].size(), 3U);
  EXPECT_EQ(json["cases"].size(), f.plan["cases"].size());
  EXPECT_EQ(json["rows"][1]["top1"]["value"], report.measured[1].metrics.top1.value);
}

}  // namespace
}  // namespace mpq::analysis
