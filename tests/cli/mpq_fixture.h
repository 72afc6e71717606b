#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "core/file.h"
#include "core/json.h"
#include "results/store.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace mpq::testing {

namespace fs = std::filesystem;

/// float at no budget, lsq and rfquant at two: 5 cases; 1 + 3 + 5 + 5 = 14 stages.
inline const std::string kQuickStudy = R"(# Question: does the plumbing hold?   Cost: nothing.
schema = 1
name = "quick"
networks = ["resnet8"]
budgets = ["w3a3", "w4a4"]
dataset = { name = "synthetic" }

[[method]]
name = "float"

[[method]]
name = "lsq"

[[method]]
name = "rfquant"
)";

/// One case, four stages.
inline const std::string kOneCaseStudy = R"(schema = 1
name = "one"
networks = ["resnet8"]
budgets = ["w3a3"]
dataset = { name = "synthetic" }

[[method]]
name = "lsq"
)";

inline const std::string kOneCase = "lsq/resnet8/synthetic/w3a3/seed=1";

/// A folder with experiments/quick.toml and one.toml in which the real `mpq` runs with the fake worker.
class MpqCli : public ::testing::Test {
 protected:
  using Environment = Program::Environment;

  MpqCli() {
    fs::create_directory(path("experiments"));
    write("experiments/quick.toml", kQuickStudy);
    write("experiments/one.toml", kOneCaseStudy);
    write("catalogue.json", run_to_end({MPQ_FAKE_WORKER, "--describe"}, folder_.path()).out);
  }

  std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& text) const { write_whole(path(name), text); }
  std::string read(const std::string& name) const { return read_file(path(name)); }
  results::Store store(const std::string& name = "store") const { return results::Store(path(name)); }

  /// Starts `mpq WORDS`; `environment` is added to what every test needs.
  std::unique_ptr<Program> start(std::vector<std::string> words, const Environment& environment = {}) const {
    Environment all = {{"MPQ_WORKER", MPQ_FAKE_WORKER},
                       {"MPQ_CATALOGUE", path("catalogue.json")},
                       {"MPQ_STORE", ""},
                       {"MPQ_DATASETS", ""},
                       {"MPQ_FAKE", ""},
                       {"MPQ_FAKE_STEP_MS", "0"}};
    for (const auto& [name, value] : environment) all[name] = value;
    words.insert(words.begin(), MPQ_PROGRAM);
    return std::make_unique<Program>(words, folder_.path(), all);
  }
  Ended mpq(const std::vector<std::string>& words, const Environment& environment = {}) const {
    return start(words, environment)->wait();
  }

  /// Every line that the workers of a store have logged, stage after stage.
  std::string all_logs(const std::string& store_name = "store") const {
    std::string logs;
    std::error_code absent;
    for (const auto& entry : fs::recursive_directory_iterator(path(store_name) + "/stages", absent))
      if (entry.path().filename() == "log.txt") logs += read_file(entry.path().string());
    return logs;
  }
  static int count(const std::string& text, const std::string& needle) {
    int found = 0;
    for (auto at = text.find(needle); at != std::string::npos; at = text.find(needle, at + 1)) ++found;
    return found;
  }

  /// key → arrays of every finished stage: what must not depend on how a run was disturbed.
  static std::map<std::string, std::map<std::string, Array>> all_arrays(const results::Store& store) {
    std::map<std::string, std::map<std::string, Array>> arrays;
    for (const auto& key : store.finished_keys())
      arrays[key] = results::read_stage_file(store.stage_path(key)).arrays;
    return arrays;
  }

  TempFolder folder_{TempFolder::Place::memory};
};

}  // namespace mpq::testing
