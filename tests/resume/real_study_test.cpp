// The real programs on a small real study: killed, repeated, with other numbers of threads and jobs. What is
// compared is every stored prediction, bit by bit.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "core/json.h"
#include "core/random.h"
#include "results/store.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace mpq::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kSecondsForOneRun = 240;

const std::string& mpq_program() {
  static const std::string path = std::string(MPQ_BINARY_DIR) + "/bin/mpq";
  return path;
}

constexpr const char* kStudy = R"(
schema = 1
name = "small"
networks = ["resnet8"]
budgets = ["w3a3"]
seeds = [1]
threads = 1
[dataset]
name = "synthetic"
[pretrain]
seed = 1
epochs = 2
lr = 0.05
[recipe]
epochs = 2
lr = 0.02
ema_decay = 0.9
[[method]]
name = "float"
[[method]]
name = "lsq"
[[method]]
name = "rfquant"
options = { search_images = 64, max_iterations = 12, random_passes = 1 }
)";

class RealStudy : public ::testing::Test {
 protected:
  std::vector<std::string> command(const std::string& store,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{mpq_program(), "run", "small.toml", "--store", store};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void SetUp() override { std::ofstream(folder_.path() + "/small.toml") << kStudy; }

  std::string run(const std::string& store, const std::vector<std::string>& more = {}) {
    const auto path = folder_.path() + "/" + store;
    const auto ended = Program(command(path, more), folder_.path()).wait(kSecondsForOneRun);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return path;
  }

  /// Key → everything a stage has found out, apart from what it cost and where it ran.
  static std::map<std::string, std::map<std::string, Array>> findings(const std::string& path) {
    const results::Store store(path);
    std::map<std::string, std::map<std::string, Array>> all;
    for (const auto& key : store.finished_keys()) {
      auto arrays = results::read_stage_file(store.stage_path(key)).arrays;
      std::erase_if(arrays, [](const auto& item) { return item.first.rfind("/costs/", 0) == 0; });
      all[key] = std::move(arrays);
    }
    return all;
  }

  static void expect_same(const std::string& a, const std::string& b) {
    const auto left = findings(a), right = findings(b);
    ASSERT_EQ(left.size(), right.size());
    EXPECT_EQ(left.size(), 10U) << "pretrain; prepare, deploy and evaluate of three methods";
    for (const auto& [key, arrays] : left) {
      ASSERT_TRUE(right.contains(key)) << key;
      for (const auto& [name, array] : arrays) {
        ASSERT_TRUE(right.at(key).contains(name)) << name;
        EXPECT_TRUE(array == right.at(key).at(name)) << key << " " << name;
      }
    }
  }

  struct Worker {
    pid_t pid = 0;
    Json settings;  ///< of its stage
  };
  static std::vector<Worker> workers_of(const std::string& store) {
    std::vector<Worker> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline");
      std::vector<std::string> words;
      for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
      const auto run = std::find(words.begin(), words.end(), "--run");
      if (words.empty() || !words.front().ends_with("mpq-worker") || words.end() - run < 2) continue;
      const auto& settings = *(run + 1);
      if (!settings.starts_with(store + "/")) continue;
      std::ifstream text(settings);
      found.push_back({std::stoi(entry.path().filename()), Json::parse(text, nullptr, false)});
    }
    return found;
  }

  /// A stage of the study, and how long to let its worker run.
  struct Moment {
    std::string kind, method;
    std::uint32_t least_ms = 0, spread_ms = 1;

    bool is_of(const Worker& worker) const {
      return worker.settings.is_object() && worker.settings.value("kind", "") == kind &&
             (method.empty() || worker.settings.value("/method/name"_json_pointer, "") == method);
    }
  };
  /// The process of that stage, once it runs; 0 if the study ends without it. The stages before it take a while.
  static pid_t await(const Program& program, const std::string& store, const Moment& moment) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kSecondsForOneRun);
    while (program.running() && std::chrono::steady_clock::now() < deadline) {
      for (const auto& worker : workers_of(store))
        if (moment.is_of(worker)) return worker.pid;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return 0;
  }

  /// A process that writes its stage's file right now, of a stage that is not in `interrupted` yet; 0 if there is none.
  static pid_t storing_worker(const std::string& store, std::set<std::string>& interrupted) {
    const std::string half_written = "stage.h5.tmp-";
    std::error_code moving;
    for (fs::recursive_directory_iterator it(store + "/stages", moving), end; !moving && it != end;
         it.increment(moving)) {
      const auto name = it->path().filename().string();
      if (name.starts_with(half_written) && interrupted.insert(it->path().parent_path().string()).second)
        return std::stoi(name.substr(half_written.size()));
    }
    return 0;
  }

  /// How often a training went on from a checkpoint, as the logs of the stages say.
  static int continued_trainings(const std::string& path) {
    const results::Store store(path);
    int count = 0;
    for (const auto& key : store.finished_keys()) {
      std::ifstream log(store.log_path(key));
      for (std::string line; std::getline(log, line);)
        count += line.find("continued from a checkpoint") != std::string::npos;
    }
    return count;
  }

  TempFolder folder_;
};

TEST_F(RealStudy, TwiceFromScratchAndWithOtherThreadsAndJobsGivesTheSameBits) {
  const auto reference = run("reference");
  expect_same(reference, run("again"));
  expect_same(reference, run("loaders", {"--loader-threads", "2"}));
  expect_same(reference, run("jobs", {"--jobs", "2"}));
}

// Five moments in the order in which the stages run: training, retraining, one-shot training, search, evaluation.
TEST_F(RealStudy, WorkerOrSupervisorKilledAtTenMomentsEndsWithTheSameBits) {
  const auto reference = run("reference");
  const std::vector<Moment> moments = {{"pretrain", "", 600, 1000},
                                       {"deploy", "lsq", 600, 800},
                                       {"prepare", "rfquant", 600, 2000},
                                       {"deploy", "rfquant", 300, 1000},
                                       {"evaluate", "", 0, 200}};
  RandomStream chance(1, "kill_moments");
  int continued = 0;
  for (const bool supervisor : {false, true}) {
    const auto path = folder_.path() + (supervisor ? "/supervisor_killed" : "/worker_killed");
    const auto start = [&] {
      return std::make_unique<Program>(command(path, {"--checkpoint-seconds", "0.1"}), folder_.path());
    };
    auto program = start();
    for (const auto& moment : moments) {
      const auto worker = await(*program, path, moment);
      ASSERT_NE(worker, 0) << moment.kind << " " << moment.method << " did not run";
      std::this_thread::sleep_for(
          std::chrono::milliseconds(moment.least_ms + chance.below(moment.spread_ms)));
      ::kill(supervisor ? program->pid() : worker, SIGKILL);  // a killed worker is started again
      if (!supervisor) continue;
      program->wait();
      EXPECT_TRUE(eventually([&] { return workers_of(path).empty(); })) << "a worker outlived its supervisor";
      program = start();
    }
    const auto ended = program->wait(kSecondsForOneRun);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    expect_same(reference, path);
    continued += continued_trainings(path);
  }
  EXPECT_GT(continued, 0) << "every training began anew: nothing was continued";
}

// Whoever is killed, its file is half written: the worker the first time, its supervisor the next, and so on.
TEST_F(RealStudy, KilledWhileAStageIsStoredLeavesNothingHalfWritten) {
  const auto reference = run("reference");
  const auto path = folder_.path() + "/storing";
  const auto start = [&] { return std::make_unique<Program>(command(path), folder_.path()); };
  auto program = start();
  std::set<std::string> interrupted;  // folders of stages: each is disturbed once
  int supervisors = 0;
  while (program->running()) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    const auto worker = storing_worker(path, interrupted);
    if (worker == 0) continue;
    if (interrupted.size() % 2 == 1) {
      ::kill(worker, SIGKILL);
      continue;
    }
    ::kill(program->pid(), SIGKILL);
    program->wait();
    ++supervisors;
    EXPECT_TRUE(eventually([&] { return workers_of(path).empty(); })) << "a worker outlived its supervisor";
    program = start();
  }
  const auto ended = program->wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_GE(interrupted.size(), 3U) << "of ten stages";
  EXPECT_GE(supervisors, 1);
  expect_same(reference, path);
}

}  // namespace
}  // namespace mpq::testing
