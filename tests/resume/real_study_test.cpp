// The real programs on a small real study: killed, repeated, with other numbers of threads and jobs. What is
// compared is every stored prediction, bit by bit.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/random.h"
#include "results/store.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace mpq::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kSecondsForOneRun = 240;
constexpr int kKills = 10;

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
epochs = 1
lr = 0.02
ema_decay = -1.0
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
    EXPECT_GE(left.size(), 9U);
    for (const auto& [key, arrays] : left) {
      ASSERT_TRUE(right.contains(key)) << key;
      for (const auto& [name, array] : arrays) {
        ASSERT_TRUE(right.at(key).contains(name)) << name;
        EXPECT_TRUE(array == right.at(key).at(name)) << key << " " << name;
      }
    }
  }

  /// Process ids of the workers that serve a store.
  static std::vector<pid_t> workers_of(const std::string& store) {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline");
      const std::string line{std::istreambuf_iterator<char>(file), {}};
      if (line.find("mpq-worker") != std::string::npos && line.find(store) != std::string::npos)
        found.push_back(std::stoi(entry.path().filename()));
    }
    return found;
  }

  TempFolder folder_;
};

TEST_F(RealStudy, TwiceFromScratchAndWithOtherThreadsAndJobsGivesTheSameBits) {
  const auto reference = run("reference");
  expect_same(reference, run("again"));
  expect_same(reference, run("loaders", {"--loader-threads", "2"}));
  expect_same(reference, run("jobs", {"--jobs", "2"}));
}

TEST_F(RealStudy, KilledAtTenRandomMomentsEndsWithTheSameBits) {
  const auto reference = run("reference");
  const auto path = folder_.path() + "/killed";
  RandomStream moments(1, "kill_moments");
  int kills = 0, attempts = 0;
  while (kills < kKills && ++attempts < 3 * kKills) {
    Program program(command(path), folder_.path());
    std::this_thread::sleep_for(std::chrono::milliseconds(300 + moments.below(2500)));
    const auto workers = workers_of(path);
    if (kills % 2 == 0 && !workers.empty()) {
      ::kill(workers.front(), SIGKILL);  // the supervisor starts it again from its checkpoint
      std::this_thread::sleep_for(std::chrono::milliseconds(200 + moments.below(1000)));
    }
    program.signal(SIGKILL);
    ++kills;
    const auto ended = program.wait();
    if (ended.exit_code == 0) break;  // it was done before the kill
    EXPECT_TRUE(eventually([&] { return workers_of(path).empty(); })) << "a worker outlived its supervisor";
  }
  EXPECT_GE(kills, kKills / 2);
  run("killed");
  expect_same(reference, path);
}

}  // namespace
}  // namespace mpq::testing
