#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/predictions.h"
#include "core/meter.h"
#include "results/store.h"

namespace mpq::analysis {

/// What a report needs to know about one finished stage.
struct StageFacts {
  std::string kind, status, reason;
  std::string dataset;                ///< its name, whatever label the study gives it
  std::map<std::string, Cost> costs;  ///< by phase
  std::int64_t peak_memory_bytes = 0;
  Json environment;
  std::int64_t threads = 0;
  bool looks_at_test = false;  ///< a float network held to a recorded accuracy: the float gate
};

/// What a deploy stage reached. Widths are empty for the float network.
struct Deployment {
  std::string convention;
  std::optional<std::int64_t> requested_bitops;
  std::int64_t achieved_bitops = 0, achieved_size_bits = 0;
  std::vector<std::string> layers;                  ///< all quantized layers, first and last included
  std::vector<std::int64_t> weight_bits, act_bits;  ///< charged widths, by layer
  std::vector<std::int64_t> executed_weight_bits, executed_act_bits;  ///< by layer, or empty if not stored
  std::map<std::string, std::int64_t> bitops_by_convention;
  bool is_float = false;
};

/// One case of a study with everything its finished stages hold.
struct CaseResult {
  enum class Status { done, unsupported, failed, missing, damaged };

  std::string id, label, method, network, dataset, budget;
  std::optional<std::int64_t> requested_bitops;
  std::int64_t seed = 0;
  std::string float_key, prepare_key, deploy_key;
  std::map<std::string, std::string> evaluate_keys;  ///< split → key

  Status status = Status::missing;
  std::string reason;  ///< why it is not done
  std::optional<Deployment> deployment;
  std::map<std::string, Predictions> predictions;  ///< split → raw predictions

  bool has_budget() const { return requested_bitops.has_value() || !(budget.empty() || budget == "-"); }
};
const char* to_text(CaseResult::Status status);

/// A study as found in the store.
struct StudyData {
  std::string name;
  std::vector<CaseResult> cases;             ///< in the order of the plan
  std::map<std::string, StageFacts> stages;  ///< every finished stage of these cases, by key
};

/// Reads every finished stage that `plan` (docs/results_format.md, store/studies) names. A case whose files
/// are absent, damaged or of another shape gets a status and a reason; nothing about a single case throws.
/// Throws Error(input) if `plan` itself is not a plan.
StudyData collect(const results::Store& store, const Json& plan);

}  // namespace mpq::analysis
