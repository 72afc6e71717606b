// Killed and stopped runs: nothing is lost, nothing half-written is read, the numbers are those of an
// undisturbed run.

#include <algorithm>
#include <random>

#include "tests/cli/mpq_fixture.h"

namespace mpq::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Resume : public MpqCli {
 protected:
  const Environment slow_ = {{"MPQ_FAKE_STEP_MS", "10"}};

  static std::vector<pid_t> workers_of(const Program& program) {
    const auto pid = std::to_string(program.pid());
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    std::vector<pid_t> pids;
    for (pid_t child; children >> child;) pids.push_back(child);
    return pids;
  }
  static bool alive(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string id, name, state;
    return static_cast<bool>(stat >> id >> name >> state) && state != "Z";
  }
  /// Waits until some worker has saved its third step.
  bool third_step() const {
    return eventually([&] { return count(all_checkpoints(), "3") > 0; });
  }
  std::string all_checkpoints() const {
    std::string all;
    std::error_code absent;
    for (const auto& entry : fs::recursive_directory_iterator(path("store/stages"), absent)) {
      if (entry.path().filename() != "checkpoint") continue;
      std::ifstream file(entry.path());
      std::string step;
      file >> step;
      all += step + " ";
    }
    return all;
  }
  void expect_the_undisturbed_numbers() {
    mpq({"run", "quick", "--jobs", "2", "--store", "undisturbed"});
    EXPECT_EQ(all_arrays(store()), all_arrays(store("undisturbed")));
  }
};

TEST_F(Resume, KilledSupervisorTakesItsWorkersAlongAndARerunGoesOn) {
  auto run = start({"run", "quick", "--jobs", "2"}, slow_);
  ASSERT_TRUE(third_step());
  const auto workers = workers_of(*run);
  ASSERT_FALSE(workers.empty());
  run->signal(SIGKILL);
  EXPECT_EQ(run->wait().exit_code, -SIGKILL);
  EXPECT_TRUE(eventually([&] { return std::none_of(workers.begin(), workers.end(), alive); }));

  const auto end = mpq({"run", "quick", "--jobs", "2"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(count(all_logs(), "starting at step 0"), 14) << "a stage started over instead of going on";
  expect_the_undisturbed_numbers();
}

TEST_F(Resume, KilledWorkerIsReplaced) {
  auto run = start({"run", "one"}, slow_);
  ASSERT_TRUE(third_step());
  for (const auto worker : workers_of(*run)) ::kill(worker, SIGKILL);
  const auto end = run->wait();
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("starting again from the checkpoint\n"));
  EXPECT_EQ(count(all_logs(), "starting at step 0"), 4);
}

TEST_F(Resume, StoppedRunSaysSoAndGoesOnLater) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // A step takes long enough for a worker that is told to stop to be still there for the second signal.
    const int started = count(all_logs(), "starting at step");
    auto run = start({"run", "quick"}, {{"MPQ_FAKE_STEP_MS", "100"}});
    ASSERT_TRUE(third_step());
    // Before it says so, a worker does not listen yet.
    ASSERT_TRUE(eventually([&] { return count(all_logs(), "starting at step") > started; }));
    run->signal(signal);
    if (signal != SIGINT) {  // a lost connection and timeout(1) send several
      ASSERT_TRUE(eventually([&] { return run->err().find("stopping") != std::string::npos; }));
      run->signal(signal);
    }
    const auto end = run->wait();
    EXPECT_EQ(end.exit_code, 130);
    EXPECT_THAT(end.err, Not(HasSubstr("killing")));
    EXPECT_THAT(end.err,
                HasSubstr("stopping: 1 workers save their checkpoints (Ctrl-C again to kill them)\n"));
    EXPECT_THAT(end.err, HasSubstr("stopped; run the same command again to go on where it was\n"));
    EXPECT_THAT(mpq({"status"}).out, HasSubstr("quick"));
  }
  EXPECT_EQ(mpq({"run", "quick"}).exit_code, 0);
  EXPECT_EQ(count(all_logs(), "starting at step 0"), 14);
  expect_the_undisturbed_numbers();
}

TEST_F(Resume, SecondCtrlCKillsAWorkerThatDoesNotListen) {
  auto run = start({"run", "one"}, {{"MPQ_FAKE", "deaf@pretrain"}});
  ASSERT_TRUE(third_step());
  run->signal(SIGINT);
  ASSERT_TRUE(eventually([&] { return run->err().find("stopping") != std::string::npos; }));
  run->signal(SIGINT);
  const auto end = run->wait();
  EXPECT_EQ(end.exit_code, 130);
  EXPECT_THAT(end.err, HasSubstr("killing 1 workers"));
}

TEST_F(Resume, TenRandomKillsChangeNoNumber) {
  std::mt19937 random(1);
  const Environment slow = {{"MPQ_FAKE_STEP_MS", "2"}};
  for (int kill = 0; kill < 10; ++kill) {
    auto run = start({"run", "quick", "--jobs", "2"}, slow);
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 120));
    const auto workers = workers_of(*run);
    if (kill % 2 == 0 || workers.empty())
      run->signal(SIGKILL);
    else
      ::kill(workers.front(), SIGKILL);
    if (kill % 2 != 0) std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
    run->signal(SIGKILL);
    run->wait();
  }
  const auto end = mpq({"run", "quick", "--jobs", "2"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  expect_the_undisturbed_numbers();
  const auto rows = mpq({"index", "--rebuild"});
  EXPECT_EQ(rows.out, "./store/index.sqlite: 14 stages, 1 studies\n");
}

TEST_F(Resume, NothingHalfWrittenIsRead) {
  mpq({"run", "one"});
  const auto key = store().finished_keys().front();
  write("store/stages/" + key.substr(0, 2) + "/" + key + "/stage.h5.tmp-123", "half");
  EXPECT_EQ(mpq({"index", "--rebuild"}).exit_code, 0);
  EXPECT_EQ(store().finished_keys().size(), 4u);
}

TEST_F(Resume, RunOnAStoreInUseIsRefusedAndStatusIsNot) {
  auto run = start({"run", "one"}, {{"MPQ_FAKE", "hang@deploy"}});
  ASSERT_TRUE(eventually([&] { return all_logs().find("as deploy") != std::string::npos; }));
  const auto second = mpq({"run", "quick"});
  EXPECT_EQ(second.exit_code, 3);
  EXPECT_THAT(
      second.err,
      HasSubstr("mpq: error: another mpq is using the store\n  where:    ./store/lock, held by process " +
                std::to_string(run->pid()) + "\n  expected: one process at a time\n"));
  ASSERT_TRUE(eventually([&] { return mpq({"status"}).out.find("running: deploy") != std::string::npos; }));
  const auto status = Json::parse(mpq({"status", "--json"}).out);
  EXPECT_EQ(status["running"]["pid"], run->pid());
  EXPECT_EQ(status["studies"][0]["cases"]["running"], 1);
  EXPECT_THAT(mpq({"show", kOneCase}).out, ContainsRegex("deploy +running +(starting|train [0-9]+/10 step)"));
  EXPECT_EQ(mpq({"report", "one"}).exit_code, 0);
  run->signal(SIGTERM);
  EXPECT_EQ(run->wait().exit_code, 130);
  EXPECT_TRUE(Json::parse(mpq({"status", "--json"}).out)["running"].is_null());
}

}  // namespace
}  // namespace mpq::testing
