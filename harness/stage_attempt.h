#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "harness/plan.h"
#include "harness/process.h"
#include "harness/supervisor.h"
#include "harness/worker_events.h"
#include "results/store.h"

namespace mpq::harness {

/// One worker process that computes one stage: its command, its events, and what its end means.
class StageAttempt {
 public:
  /// Writes the stage's settings.json and starts the worker. Throws Error(environment).
  StageAttempt(const Stage& stage, const results::Store& store, const SuperviseOptions& options, int number);

  const Stage& stage() const { return stage_; }
  int output() const { return process_.output(); }
  void signal(int number) const { process_.signal(number); }
  /// Reads what the worker has said since the last call: its latest progress; other text goes to the log.
  std::optional<ProgressEvent> listen();

  enum class End { running, done, failed, died };
  /// `done`: the worker says so; `died`: a signal ended it, or it stopped because of one.
  End poll();
  int death_signal() const { return death_signal_; }
  /// After End::failed: the worker's error, or a plain sentence if it gave none.
  Failure failure() const;

 private:
  const Stage& stage_;
  std::string log_path_;
  Process process_;
  WorkerEvents events_;
  int exit_code_ = 0, death_signal_ = 0;
};

/// Reads a finished stage back. Throws Error if it is missing, damaged, or not of this key; such a file is
/// moved aside (stage.h5.refused), so that it never counts as finished.
results::StageRecord read_back(const Stage& stage, const results::Store& store);

}  // namespace mpq::harness
