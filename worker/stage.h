#pragma once

#include <string>

#include "core/json.h"
#include "core/progress.h"
#include "models/checkpoint.h"
#include "results/stage_file.h"
#include "results/store.h"

namespace mpq::worker {

/// One stage to compute. `settings` is exactly what the key is the hash of (docs/architecture.md#stages).
struct StageJob {
  Json settings;
  std::string data_folder;
  std::string checkpoint =
      {};  ///< the file whose hash `settings` names, where a float network starts from one
  int loader_threads = 1;
  double checkpoint_seconds = 30;  ///< time between checkpoints of a training
  ProgressSink progress;
};

/// The tensors that a stage keeps under /tensors.
models::StateDict tensors_of(const results::StageRecord& record);

/// Computes one stage from the finished ones it builds on, keeping checkpoints in the stage's folder. Takes
/// the stage's lock, writes stage.h5 whole, then removes what was only needed on the way. Does nothing if it
/// is there. Returns the key.
std::string run_stage(const results::Store& store, const StageJob& job);

/// The work alone: no lock, nothing written but checkpoints in `scratch` (empty: none).
results::StageRecord compute_stage(const results::Store& store, const StageJob& job,
                                   const std::string& scratch);

}  // namespace mpq::worker
