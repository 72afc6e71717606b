#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "harness/network_facts.h"
#include "harness/study.h"

namespace mpq::harness {

/// What a stage works on, in numbers: for estimates alone, no part of any key.
struct Workload {
  std::int64_t train = 0, calib = 0, search = 0, test = 0;   ///< images; holdout has as many as search
  std::int64_t resident_bytes = 0, image_values = 0;         ///< of the data set in memory; of one image
  std::int64_t macs = 0, parameters = 0, layer_outputs = 0;  ///< of the network, for one image
  std::int64_t widest_output = 0;                            ///< of a single layer
  std::int64_t sites = 0;
};

/// What one worker process computes once, however many cases share it.
struct Stage {
  std::string key;    ///< SHA-256 of the canonical settings
  std::string kind;   ///< "pretrain", "prepare", "deploy", "evaluate"
  std::string title;  ///< for people: "deploy lsq/resnet8/synthetic/w3a3/seed=1"
  Json settings;
  std::vector<std::size_t> parents;  ///< positions in Plan::stages, all smaller than this stage's own
  Workload work = {};
  std::string checkpoint = {};  ///< where the file is that `settings` names by its hash; "" if none
};

/// One row of the final table.
struct Case {
  std::string id;  ///< <label>/<network>/<dataset>/<budget or ->/seed=<n>
  std::string label, method, network, dataset, budget;
  std::optional<std::int64_t> budget_bitops;
  std::int64_t seed = 0;
  std::string float_key, prepare_key, deploy_key;
  std::map<std::string, std::string> evaluate_keys;  ///< split → key

  /// Every stage that the row rests on, first needed first.
  std::vector<std::string> keys() const;
};

/// A study as a graph: stages in an order in which parents come first, and the cases that use them.
struct Plan {
  Study study;
  std::vector<Stage> stages;
  std::vector<Case> cases;

  std::size_t stage_index(const std::string& key) const;
  /// What store/studies/NAME.h5 keeps (docs/results_format.md).
  Json to_json() const;
};

/// What must be asked of the world outside the study file.
struct PlanSources {
  std::function<NetworkFacts(const Choice& network, const Choice& dataset)> facts;
  std::function<std::string(const Choice& dataset)> fingerprint;
  int core_revision = 1;
  std::function<Workload(const Choice& dataset)> workload = {};  ///< the data set's part of it
  std::function<bool(const std::string& key)> finished = {};     ///< whether the store has a stage
};

/// Resolves budgets, names every stage by its content and shares equal ones. Throws Error(input) for a
/// budget out of reach and for two cases of one name.
Plan make_plan(Study study, const PlanSources& sources);

/// The cases that `patterns` name (an id, its first parts, or a pattern with '*'); all if empty.
/// Throws Error(input) with the nearest id for a pattern that names none.
std::vector<std::size_t> select_cases(const Plan& plan, const std::vector<std::string>& patterns);

/// The stages of those cases, as positions in Plan::stages, ascending.
std::vector<std::size_t> stages_of(const Plan& plan, const std::vector<std::size_t>& cases);

}  // namespace mpq::harness
