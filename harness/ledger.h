#pragma once

#include <string>

#include "harness/plan.h"
#include "results/index.h"
#include "results/store.h"

namespace mpq::harness {

/// Keeps store/studies and the index in step with the plan. The supervisor's process is the one writer.
class Ledger {
 public:
  /// Writes the plan (if it changed) and catches up. An index that cannot be used is made again from the stage
  /// files. `store` and `plan` must outlive the ledger.
  Ledger(const results::Store& store, const Plan& plan);

  void add(const Stage& stage, const results::StageRecord& record) { index_.add_stage(stage.key, record); }
  /// Adds what is finished and not indexed, drops rows whose stage file is gone. A damaged stage file is moved
  /// aside, to be computed again.
  void catch_up();
  const results::Index& index() const { return index_; }

 private:
  const results::Store& store_;
  const Plan& plan_;
  results::Index index_;
};

}  // namespace mpq::harness
