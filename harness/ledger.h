#pragma once

#include <string>

#include "harness/plan.h"
#include "results/index.h"
#include "results/store.h"

namespace mpq::harness {

/// Keeps store/studies and the index in step with the plan. The supervisor's process is the one writer.
class Ledger {
 public:
  /// Writes the plan (if it changed) and adds what an earlier run finished and did not index. An index
  /// that cannot be used is made again from the stage files.
  Ledger(const results::Store& store, const Plan& plan);

  void add(const Stage& stage, const results::StageRecord& record) { index_.add_stage(stage.key, record); }
  const results::Index& index() const { return index_; }

 private:
  results::Index index_;
};

}  // namespace mpq::harness
