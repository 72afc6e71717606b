#include "analysis/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "analysis/gnuplot.h"
#include "core/file.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_folder.h"

namespace mpq::analysis {
namespace {

using mpq::testing::FakeMethod;
using mpq::testing::FakeStudy;
using mpq::testing::TempFolder;
using ::testing::HasSubstr;
using ::testing::Not;

bool gnuplot_is_installed() { return std::system("gnuplot --version > /dev/null 2>&1") == 0; }

struct Fixture {
  explicit Fixture(const FakeStudy& study = {}, const ReportOptions& options = {})
      : report(make_report(store, mpq::testing::build_fake_store(store, study), options)) {}
  TempFolder folder{TempFolder::Place::memory};
  results::Store store{folder / "store"};
  Report report;
};

TEST(Figures, ShowAccuracyPolicyAndCost) {
  FakeStudy study;
  study.splits = {"holdout", "test"};
  const Fixture f(study);
  std::vector<std::string> files;
  for (const auto& figure : plan_figures(f.report)) files.push_back(figure.file);
  EXPECT_THAT(
      files, ::testing::ElementsAre("accuracy-tinynet-toyset-holdout.svg", "accuracy-tinynet-toyset-test.svg",
                                    "policy-tinynet-toyset.svg", "cost-phases-tinynet-toyset.svg",
                                    "cost-budgets-tinynet-toyset.svg"));
}

TEST(Figures, NameStudyUnitsAndIntervals) {
  const Fixture f;
  const auto script = accuracy_figure(f.report, "tinynet", "toyset", "holdout").script;
  for (const auto* text : {"fake: accuracy against achieved BitOPs", "split holdout: 1,000 images",
                           "95 % intervals", "achieved GBitOPs per image (ends_8x8)", "top-1 accuracy (%)",
                           "title 'RFQuant'", "title 'Float 91.40 %'"})
    EXPECT_THAT(script, HasSubstr(text));
}

TEST(Figures, DrawEverySeriesWithItsNumbers) {
  const Fixture f;
  const auto script = accuracy_figure(f.report, "tinynet", "toyset", "holdout").script;
  for (const auto& m : f.report.measured) {
    if (m.row->is_float) continue;
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, " %.4f %.4f %.4f\n", 100 * m.metrics.top1.value,
                  100 * m.metrics.top1.low, 100 * m.metrics.top1.high);
    EXPECT_THAT(script, HasSubstr(numbers)) << m.row->label;
  }
}

TEST(Figures, ShowEverySeedWhenThereAreSeveral) {
  FakeStudy study;
  study.seeds = {1, 2};
  EXPECT_THAT(accuracy_figure(Fixture(study).report, "tinynet", "toyset", "holdout").script,
              HasSubstr("title 'each seed'"));
  EXPECT_THAT(accuracy_figure(Fixture().report, "tinynet", "toyset", "holdout").script,
              Not(HasSubstr("each seed")));
}

TEST(Figures, AreLeftOutWhereThereIsNothingToDraw) {
  FakeStudy study;
  for (auto& method : study.methods) method.missing = true;
  EXPECT_TRUE(plan_figures(Fixture(study).report).empty());
}

TEST(Figures, AreTheSameForTheSameStudy) {
  const Fixture a, b;
  const auto first = plan_figures(a.report), second = plan_figures(b.report);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].script, second[i].script);
}

void expect_svg(const std::string& path) {
  const auto text = read_file(path);
  EXPECT_THAT(text.substr(0, 200), HasSubstr("<svg")) << path;
  EXPECT_THAT(text.substr(text.size() - 10), HasSubstr("</svg>")) << path;
}

TEST(Figures, AreDrawnByGnuplot) {
  if (!gnuplot_is_installed()) GTEST_SKIP() << "gnuplot is not installed";
  const Fixture f;
  const auto drawn = draw_figures(f.report, f.folder.path());
  EXPECT_EQ(drawn.note, "");
  EXPECT_EQ(drawn.figures.size(), 4U);
  for (const auto& figure : drawn.figures) expect_svg(f.folder / figure.file);
}

TEST(Figures, CanBeDrawnAgainFromTheirScripts) {
  if (!gnuplot_is_installed()) GTEST_SKIP() << "gnuplot is not installed";
  const Fixture f;
  draw_figures(f.report, f.folder.path());
  const auto svg = f.folder / "policy-tinynet-toyset.svg";
  const auto before = read_file(svg);
  std::filesystem::remove(svg);
  ASSERT_EQ(std::system(("cd " + f.folder.path() + " && gnuplot -d policy-tinynet-toyset.gp").c_str()), 0);
  EXPECT_EQ(read_file(svg), before);
}

// Labels come from study files: they must neither run anything nor break a figure.
TEST(Figures, TreatLabelsAsText) {
  FakeStudy study;
  study.name = "fake";
  study.images = 60;
  study.layers[1] = "layer'1`touch pwned`%d";
  study.methods[1].label = "it's \"50%\" of `touch pwned` @x $y {a_b^c}\\n";
  study.methods[2].label = "line\nfeed'; system('touch pwned'); '";
  const Fixture f(study);
  for (const auto& figure : plan_figures(f.report))
    EXPECT_THAT(figure.script, Not(HasSubstr("line\nfeed"))) << figure.file;
  if (!gnuplot_is_installed()) GTEST_SKIP() << "gnuplot is not installed";
  const auto drawn = draw_figures(f.report, f.folder.path());
  EXPECT_EQ(drawn.note, "");
  EXPECT_FALSE(std::filesystem::exists(f.folder / "pwned"));
  EXPECT_THAT(read_file(f.folder / "accuracy-tinynet-toyset-holdout.svg"), HasSubstr("`touch pwned`"));
}

TEST(Figures, WithoutGnuplotLeaveANoteAndNoOldPicture) {
  ReportOptions options;
  options.gnuplot = "no-such-gnuplot";
  const Fixture f({}, options);
  write_whole(f.folder / "policy-tinynet-toyset.svg", "an old picture");
  const auto drawn = draw_figures(f.report, f.folder.path());
  EXPECT_TRUE(drawn.figures.empty());
  EXPECT_THAT(drawn.note, HasSubstr("'no-such-gnuplot' is not installed"));
  EXPECT_FALSE(std::filesystem::exists(f.folder / "policy-tinynet-toyset.svg"));
  EXPECT_TRUE(std::filesystem::exists(f.folder / "policy-tinynet-toyset.gp"));
}

TEST(Gnuplot, ThatFailsSaysWhyAndLeavesNoPicture) {
  if (!gnuplot_is_installed()) GTEST_SKIP() << "gnuplot is not installed";
  const TempFolder folder(TempFolder::Place::memory);
  write_whole(folder / "bad.gp", "set output out\nplot nonsense(\n");
  EXPECT_THAT(run_gnuplot("gnuplot", folder.path(), "bad"), HasSubstr("gnuplot failed"));
  EXPECT_FALSE(std::filesystem::exists(folder / "bad.svg"));
  EXPECT_FALSE(std::filesystem::exists(folder / "bad.svg.part"));
}

TEST(Gnuplot, StringsAreInert) {
  EXPECT_EQ(gnuplot_string("it's"), "'it''s'");
  EXPECT_EQ(gnuplot_string("a\nb\tc"), "'a b c'");
  EXPECT_EQ(gnuplot_tic("50%"), "'50%%'");
}

}  // namespace
}  // namespace mpq::analysis
