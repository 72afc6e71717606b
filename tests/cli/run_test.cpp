// mpq run, undisturbed: what is run, what is shared, what is printed.

#include "tests/cli/mpq_fixture.h"

namespace mpq::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using RunCommand = MpqCli;

TEST_F(RunCommand, EndsWithATableAndTheReport) {
  const auto end = mpq({"run", "quick", "--jobs", "2"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, StartsWith("method   budget  seed  GBitOPs"));
  EXPECT_THAT(end.out, ContainsRegex("Float +- +1 +4\\.8602 +[0-9.]+ ± [0-9.]+ +0:02 +0:02  done\n"));
  EXPECT_THAT(end.out, ContainsRegex("LSQ +w3a3 +1 +0\\.0708 .* done\n"));
  EXPECT_THAT(end.out, ContainsRegex("RFQuant +w4a4 +1 +0\\.1038 .* done\n"));
  EXPECT_THAT(end.err, HasSubstr("study  quick: 5 cases, 14 stages: 0 done, 14 to do\n"));
  EXPECT_THAT(end.err, HasSubstr("[14/14] evaluate "));
  EXPECT_THAT(end.err, HasSubstr("5 cases: 5 done\nreport: ./store/reports/quick\n"));
  EXPECT_TRUE(fs::exists(path("store/reports/quick/report.md")));
}

TEST_F(RunCommand, ComputesEachSharedStageOnce) {
  mpq({"run", "quick", "--jobs", "2"});
  EXPECT_EQ(store().finished_keys().size(), 14u);
  EXPECT_EQ(count(all_logs(), "starting at step"), 14);
  EXPECT_EQ(count(all_logs(), "as pretrain"), 1);
  EXPECT_EQ(count(all_logs(), "as prepare rfquant"), 1);
}

TEST_F(RunCommand, StartsNothingWhenAllIsFinished) {
  mpq({"run", "quick"});
  const auto logs = all_logs();
  const auto report = fs::last_write_time(path("store/reports/quick/report.md"));
  const auto again = mpq({"run", "quick"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("14 done, 0 to do\n"));
  EXPECT_THAT(again.out, HasSubstr("RFQuant"));
  EXPECT_EQ(all_logs(), logs);
  EXPECT_EQ(fs::last_write_time(path("store/reports/quick/report.md")), report)
      << "the report was made for nothing";
}

TEST_F(RunCommand, GivesTheSameNumbersWithAnyNumberOfJobs) {
  mpq({"run", "quick", "--jobs", "1", "--store", "one"});
  mpq({"run", "quick", "--jobs", "3", "--loader-threads", "2", "--store", "three"});
  EXPECT_EQ(all_arrays(store("one")), all_arrays(store("three")));
}

TEST_F(RunCommand, RunsOnlyWhatAChangedStudyNeeds) {
  mpq({"run", "one"});
  auto more = kOneCaseStudy;
  more.replace(more.find("[\"w3a3\"]"), 8, "[\"w5a5\", \"w3a3\"]");
  write("experiments/one.toml", more);
  const auto end = mpq({"run", "one"});
  EXPECT_THAT(end.err, HasSubstr("2 cases, 6 stages: 4 done, 2 to do\n"));
  EXPECT_EQ(end.exit_code, 0);
}

TEST_F(RunCommand, FinalAddsOnlyTheTestEvaluations) {
  mpq({"run", "quick", "--jobs", "2"});
  const auto end = mpq({"run", "quick", "--final"});
  EXPECT_THAT(end.err, HasSubstr("19 stages: 14 done, 5 to do\n"));
  EXPECT_THAT(end.out, HasSubstr("test %"));
}

TEST_F(RunCommand, OnlyRunsTheStagesOfTheChosenCase) {
  const auto end = mpq({"run", "quick", "--only", "lsq/resnet8/synthetic/w4a4"});
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_THAT(end.err, HasSubstr("1 case, 4 stages: 0 done, 4 to do\n"));
  EXPECT_EQ(count(end.out, "done"), 1);
  EXPECT_EQ(store().finished_keys().size(), 4u);
  EXPECT_THAT(mpq({"run", "quick"}).err, HasSubstr("14 stages: 4 done, 10 to do\n"));
}

TEST_F(RunCommand, DryRunPrintsThePlanAndLeavesNothingBehind) {
  const auto end = mpq({"run", "quick", "--dry-run"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(
      end.out,
      StartsWith("study quick: 5 cases, 14 stages (0 done, 14 to do), 3 of them shared by several cases\n"));
  EXPECT_THAT(end.out, ContainsRegex("lsq/resnet8/synthetic/w3a3/seed=1 +70819840 +0/4\n"));
  // 10 epochs, and for rfquant 10 · (1 + 3 passes): each over 3,072 − 2 · 512 images
  EXPECT_THAT(end.out, ContainsRegex("pretrain resnet8/synthetic/seed=1 +to do +5 +10 +[0-9.]+\n"));
  EXPECT_THAT(end.out, ContainsRegex("prepare rfquant/resnet8/synthetic/seed=1 +to do +2 +40 +[0-9.]+\n"));
  EXPECT_THAT(end.out, HasSubstr("to do: about 1.43e+05 images"));
  EXPECT_THAT(end.out, HasSubstr(" 0 forward passes of searches and sensitivities"));
  EXPECT_THAT(end.out, HasSubstr("GFLOP/s (assumed: no float network is trained yet)\n"));
  EXPECT_THAT(end.out, ContainsRegex("\nneeds: about [0-9]+ MiB of memory a stage"));
  EXPECT_FALSE(fs::exists(path("store")));
}

TEST_F(RunCommand, DryRunSaysWhatTheMachineLacks) {
  auto many = kOneCaseStudy;
  write("experiments/many.toml", "threads = 256\n" + std::string(many));
  const auto end = mpq({"run", "many", "--dry-run"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out,
              ContainsRegex("note:  the study asks for 256 threads; this machine has [0-9]+ processors"));
}

TEST_F(RunCommand, OnlySuggestsTheNearestBeginning) {
  const auto end = mpq({"run", "quick", "--dry-run", "--only", "lsq/resnet8/*/w3a3/*"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  const auto near = mpq({"run", "quick", "--dry-run", "--only", "lsqq/resnet8"});
  EXPECT_EQ(near.exit_code, 2);
  EXPECT_THAT(near.err, HasSubstr("did you mean 'lsq/resnet8'?"));
}

TEST_F(RunCommand, DryRunKnowsWhatIsDone) {
  mpq({"run", "quick", "--only", "float"});
  const auto plan = Json::parse(mpq({"run", "quick", "--dry-run", "--json"}).out);
  EXPECT_EQ(plan["cases"][0]["stages_done"], 4);
  EXPECT_EQ(plan["cases"][1]["stages_done"], 1) << "the float network";
  EXPECT_EQ(plan["stages"].size(), 14u);
  EXPECT_EQ(plan["to_do"]["speed_is_measured"], true) << "the float network's seconds";
}

TEST_F(RunCommand, DryRunNeedsNoDataAndSaysWhatIsMissing) {
  auto far = kOneCaseStudy;
  far.replace(far.find("synthetic"), 9, "cifar10");
  write("experiments/far.toml", far);
  EXPECT_EQ(mpq({"run", "far"}).exit_code, 2);
  const auto end = mpq({"run", "far", "--dry-run"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("note:  data set 'cifar10' is not here: its numbers are those of the "
                                 "official files; nothing can run"));
  // 10 epochs over 45,000 images, twice: the float network and lsq
  far += "[[network]]\nname = \"resnet8\"\ncheckpoint = \"none.pth\"\n";
  far.erase(far.find("networks"), far.find("\n", far.find("networks")) - far.find("networks"));
  write("experiments/far.toml", far);
  EXPECT_THAT(mpq({"run", "far"}).err, HasSubstr("there is no file 'none.pth'"));
  EXPECT_THAT(mpq({"run", "far", "--dry-run"}).out,
              HasSubstr("note:  file 'none.pth' is not here; nothing can run"));
  EXPECT_THAT(end.out, HasSubstr("to do: about 9e+05 images"));
}

TEST_F(RunCommand, JsonIsOneDocumentOnStandardOutput) {
  const auto end = mpq({"run", "quick", "--jobs", "2", "--json"});
  const auto json = Json::parse(end.out);
  EXPECT_EQ(json["study"], "quick");
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["report"], "./store/reports/quick");
  ASSERT_EQ(json["cases"].size(), 5u);
  const auto& row = json["cases"][1];
  EXPECT_EQ(row["id"], "lsq/resnet8/synthetic/w3a3/seed=1");
  EXPECT_EQ(row["state"], "done");
  EXPECT_EQ(row["achieved_bitops"], 70819840);
  EXPECT_EQ(row["holdout"]["images"], 400);
  EXPECT_LT(row["holdout"]["low"], row["holdout"]["top1"]);
  EXPECT_TRUE(row["test"].is_null());
}

TEST_F(RunCommand, ShowsANetworkThatAMethodCannotServeAsARowWithItsReason) {
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "unsupported@deploy lsq;unsupported@evaluate"}});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("unsupported: this network has an odd number of sites\n"));
}

TEST_F(RunCommand, TakesAPathAndTheFoldersFromTheEnvironment) {
  const auto end = mpq({"run", path("experiments/one.toml")}, {{"MPQ_STORE", path("elsewhere")}});
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(store("elsewhere").finished_keys().size(), 4u);
  EXPECT_FALSE(fs::exists(path("store")));
}

TEST_F(RunCommand, RebuildsAnIndexThatIsDamaged) {
  mpq({"run", "one"});
  write("store/index.sqlite", "this is no database, whatever its name says; long enough to hold a header");
  const auto end = mpq({"run", "one"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("LSQ"));
}

TEST_F(RunCommand, TellsTheWorkerEverythingInOneFile) {
  mpq({"run", "one"});
  for (const auto& key : store().finished_keys()) {
    const auto settings = parse_json(read_file(store().stage_folder(key) + "/settings.json"), "settings");
    EXPECT_EQ(results::Store::key_of(settings), key);
  }
}

TEST_F(RunCommand, KeepsOtherOutputOfAWorkerInTheLog) {
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "noise@pretrain"}});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(all_logs(), HasSubstr("a library says hello\n{\"event\":\n"));
  EXPECT_THAT(end.err, Not(HasSubstr("hello")));
}

}  // namespace
}  // namespace mpq::testing
