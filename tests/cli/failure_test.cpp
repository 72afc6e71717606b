// mpq run when stages fail, workers die, disks fill: what the exit code says and what is kept.

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/cli/mpq_fixture.h"

namespace mpq::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using Failing = MpqCli;

TEST_F(Failing, CaseLeavesTheOthersDoneAndSaysHowToRunItAlone) {
  const auto end = mpq({"run", "quick", "--jobs", "2"}, {{"MPQ_FAKE", "fail@deploy lsq resnet8 w3a3"}});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(end.err, HasSubstr("deploy lsq/resnet8/synthetic/w3a3/seed=1  failed\n"
                                 "mpq: error: loss is NaN\n  where:    step 3\n  expected: no loss is NaN\n  "
                                 "fix:      do not ask for it\n"));
  EXPECT_THAT(end.err,
              HasSubstr("failed: " + kOneCase + ": loss is NaN\n  why:         mpq show " + kOneCase +
                        " --study quick --log\n  rerun alone: mpq run experiments/quick.toml --only " +
                        kOneCase + "\n"));
  EXPECT_THAT(end.err, HasSubstr("5 cases: 4 done, 1 failed\n"));
  EXPECT_THAT(end.out, ContainsRegex("LSQ +w3a3 .* failed\n"));
  EXPECT_EQ(store().finished_keys().size(), 12u) << "all but its deploy and evaluate";
  EXPECT_TRUE(fs::exists(path("store/reports/quick/report.md")));
}

TEST_F(Failing, HintsRepeatTheOptionsThatTheirCommandsHave) {
  const auto end =
      mpq({"run", "quick", "--data", "data", "--store", "s"}, {{"MPQ_FAKE", "fail@deploy lsq resnet8 w3a3"}});
  EXPECT_THAT(end.err, HasSubstr(" --study quick --log --store 's'\n"));
  EXPECT_THAT(end.err, HasSubstr(" --only " + kOneCase + " --store 's' --data 'data'\n"));
  EXPECT_EQ(mpq({"show", kOneCase, "--study", "quick", "--log", "--store", "s"}).exit_code, 0);
}

TEST_F(Failing, CaseIsTriedAgainByTheNextRun) {
  mpq({"run", "quick"}, {{"MPQ_FAKE", "fail@deploy lsq resnet8 w3a3"}});
  const auto end = mpq({"run", "quick"});
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_THAT(end.err, HasSubstr("12 done, 2 to do\n"));
  EXPECT_THAT(end.err, HasSubstr("5 cases: 5 done\n"));
  EXPECT_THAT(mpq({"status"}).out, Not(HasSubstr("failed:")));
}

// Its message tells the user to remove a damaged stage: then the index must not remember it.
TEST_F(Failing, CaseWhoseStagesWereRemovedIsNotDone) {
  mpq({"run", "one"});
  for (const auto& key : store().finished_keys()) fs::remove(store().stage_path(key));
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "fail@deploy"}});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(end.err, HasSubstr("1 case: 1 failed\n"));
}

// Bit rot that is met while an index is made again.
TEST_F(Failing, DamagedStageIsComputedAgainWhenTheIndexIsGone) {
  mpq({"run", "one"});
  const auto damaged = store().stage_path(store().finished_keys().front());
  write_whole(damaged, read_file(damaged) + "x");
  fs::remove(store().index_path());
  const auto end = mpq({"run", "one"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("1 case: 1 done\n"));
  EXPECT_TRUE(fs::exists(damaged + ".refused"));
}

// Another program may hold the index, say a browser of databases: what is computed meanwhile is indexed at the end.
TEST_F(Failing, BusyIndexDelaysOnlyTheRows) {
  auto run = start({"run", "one"}, {{"MPQ_FAKE_STEP_MS", "20"}});
  ASSERT_TRUE(eventually([&] { return count(all_logs(), "starting at step 0") > 0; }));
  {
    SQLite::Database index(store().index_path(), SQLite::OPEN_READWRITE);
    SQLite::Transaction held(index, SQLite::TransactionBehavior::EXCLUSIVE);
    ASSERT_TRUE(eventually([&] { return store().finished_keys().size() >= 2; }));
  }
  const auto end = run->wait();
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("1 case: 1 done\n"));
  SQLite::Database index(store().index_path());
  EXPECT_EQ(index.execAndGet("SELECT count(*) FROM stages").getInt(), 4);
}

TEST_F(Failing, OutputThatCannotBeWrittenIsAnError) {
  const auto end =
      run_to_end({"/bin/bash", "-c", "exec \"$0\" list studies > /dev/full", MPQ_PROGRAM}, folder_.path(),
                 {{"MPQ_WORKER", MPQ_FAKE_WORKER}, {"MPQ_CATALOGUE", path("catalogue.json")}});
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_THAT(end.err, HasSubstr("mpq: error: the output could not be written\n"));
}

TEST_F(Failing, ReadingAnEmptyFolderMakesNoStore) {
  fs::create_directory(path("empty"));
  const auto end = mpq({"status", "--store", "empty"});
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("mpq: error: there is no store\n"));
  EXPECT_TRUE(fs::is_empty(path("empty")));
}

TEST_F(Failing, StageBlocksWhatBuildsOnItAndNothingElse) {
  const auto end = mpq({"run", "quick"}, {{"MPQ_FAKE", "fail@prepare rfquant"}});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(end.err, HasSubstr("5 cases: 3 done, 2 failed\n"));
  EXPECT_EQ(count(all_logs(), "as deploy rfquant"), 0);
}

TEST_F(Failing, KindOfFailureIsTheExitCode) {
  EXPECT_EQ(mpq({"run", "quick"}, {{"MPQ_FAKE", "fail@deploy lsq;input@prepare rfquant"}}).exit_code, 2);
  EXPECT_EQ(mpq({"run", "quick"}, {{"MPQ_FAKE", "fail@deploy lsq;bug@prepare rfquant"}}).exit_code, 70);
  const auto end = mpq({"run", "one", "--store", "bug"}, {{"MPQ_FAKE", "bug@pretrain"}});
  EXPECT_THAT(end.err, HasSubstr("mpq: error: the worker stopped with exit code 70 and gave no reason\n"));
}

TEST_F(Failing, FullDiskStartsNothingMore) {
  const auto end = mpq({"run", "quick"}, {{"MPQ_FAKE", "disk@prepare lsq"}});
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_THAT(end.err, HasSubstr("mpq: error: full disk\n"));
  EXPECT_EQ(count(all_logs(), "as prepare rfquant"), 0);
  EXPECT_EQ(mpq({"run", "quick"}).exit_code, 0) << "with space again, everything goes on";
}

// The system's own refusal to write: a limit on the size of files, which every process inherits. 8 KiB stop the index,
// 512 the file of a stage.
TEST_F(Failing, RefusedWriteIsReportedAndNothingHalfWrittenIsKept) {
  const auto with_files_up_to = [&](const std::string& kibibytes) {
    const auto limited = "trap '' XFSZ; ulimit -f " + kibibytes + "; exec \"$0\" run one";
    return run_to_end({"/bin/bash", "-c", limited, MPQ_PROGRAM}, folder_.path(),
                      {{"MPQ_WORKER", MPQ_FAKE_WORKER},
                       {"MPQ_CATALOGUE", path("catalogue.json")},
                       {"MPQ_STORE", ""},
                       {"MPQ_FAKE", "large@deploy"}});
  };
  auto end = with_files_up_to("8");
  EXPECT_EQ(end.exit_code, 3) << end.err;
  EXPECT_THAT(end.err, HasSubstr("mpq: error: "));
  EXPECT_EQ(store().finished_keys().size(), 0U) << "no worker was started";
  end = with_files_up_to("512");
  EXPECT_EQ(end.exit_code, 3) << end.err;
  EXPECT_THAT(end.err,
              ContainsRegex("mpq: error: writing failed: File too large\n  where:    .*/stage\\.h5\n"));
  EXPECT_THAT(end.err, HasSubstr("fix:      free some space and run the same command again"));
  EXPECT_EQ(store().finished_keys().size(), 2U) << "what came before the refusal is kept";
  for (const auto& entry : fs::recursive_directory_iterator(path("store")))
    EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr(".tmp-"))) << entry.path();
  EXPECT_EQ(mpq({"run", "one"}).exit_code, 0);
}

TEST_F(Failing, WorkerThatStoresNothingIsABug) {
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "nothing@deploy"}});
  EXPECT_EQ(end.exit_code, 70);
  EXPECT_THAT(end.err, HasSubstr("mpq: error: the worker said it was done and stored nothing\n"));
}

TEST_F(Failing, DamagedOrForeignStageIsNeverTakenForFinished) {
  EXPECT_EQ(mpq({"run", "one"}, {{"MPQ_FAKE", "damage@deploy"}}).exit_code, 2);
  EXPECT_EQ(store().finished_keys().size(), 2u);
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "other_settings@deploy"}});
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("mpq: error: the stored stage has other settings than its key says\n"));
  EXPECT_EQ(mpq({"run", "one"}).exit_code, 0);
}

TEST_F(Failing, WorkerThatDiesOnceGoesOnFromItsCheckpoint) {
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "crash_once@deploy"}});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.err,
              HasSubstr("its worker was ended by signal 9 (Killed); starting again from the checkpoint\n"));
  EXPECT_THAT(all_logs(), HasSubstr("starting at step 3 as deploy"));
}

TEST_F(Failing, WorkerThatDiesAtTheSamePlaceFailsAfterThreeFruitlessRestarts) {
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "crash@deploy"}});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(
      end.err,
      ContainsRegex(
          "mpq: error: the worker was ended by signal 11 \\(Segmentation fault\\) after [0-9] attempts, "
          "the last 4 without getting further\n  where:    deploy lsq/.*, at train 3/10 step, 5/s, 0:01 "
          "left, loss 1.23\n"));
  EXPECT_LE(count(all_logs(), "as deploy"), 5);
}

TEST_F(Failing, WorkerThatDiesOftenButGetsFurtherFinishes) {
  const auto end = mpq({"run", "one"}, {{"MPQ_FAKE", "crash_far@deploy"}});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(count(all_logs(), "as deploy"), 5) << "two steps at a time";
}

TEST_F(Failing, StageOverItsTimeLimitKeepsItsCheckpoint) {
  const auto end = mpq({"run", "one", "--time-limit", "0.005"}, {{"MPQ_FAKE", "hang@deploy"}});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(
      end.err,
      ContainsRegex(
          "mpq: error: the stage took longer than its time limit\n  where:    deploy .*, at train 3/10.*\n"
          "  expected: at most 0:00 of wall time\n  fix:      run again to go on from its checkpoint, or "
          "raise --time-limit\n"));
  EXPECT_EQ(mpq({"run", "one"}).exit_code, 0);
  EXPECT_THAT(all_logs(), HasSubstr("starting at step 3 as deploy"));
}

}  // namespace
}  // namespace mpq::testing
