#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "harness/worker_events.h"
#include "results/index.h"
#include "results/store.h"

namespace mpq::harness {

/// How far one row of a study is: "done", "unsupported" (a row with its reason), "failed", "running",
/// "to do".
struct CaseState {
  std::string state;
  std::optional<Failure> failure;
  std::string failed_key;  ///< the stage that failed
};

/// `live` is what read_live_status() returned.
CaseState state_of(const results::CaseRow& row, const results::Store& store, const std::optional<Json>& live);

/// The row's stages, first needed first.
std::vector<std::string> stage_keys(const results::CaseRow& row);

}  // namespace mpq::harness
