#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "harness/plan.h"
#include "harness/stage_queue.h"
#include "harness/worker_events.h"
#include "results/store.h"

namespace mpq::harness {

struct SuperviseOptions {
  std::string worker, data_folder;
  int jobs = 1;                    ///< stages at the same time
  int loader_threads = 1;          ///< of each worker; never changes a number
  double checkpoint_seconds = 30;  ///< time between checkpoints of a training; never changes a number
  double limit_minutes = 0;        ///< wall time of one stage in this run; 0: none
};

/// Hears what happens; called from the supervisor's thread alone.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(const Stage& stage, int attempt) = 0;
  virtual void progress(const Stage& stage, const ProgressEvent& event) = 0;
  virtual void finished(const Stage& stage, double wall_seconds) = 0;
  virtual void failed(const Stage& stage, const Failure& failure) = 0;
  /// A worker died by a signal and its stage starts again from its checkpoint.
  virtual void restarting(const Stage& stage, int signal) = 0;
  /// The user asked to stop; `killing` if for the second time.
  virtual void stopping(std::size_t running, bool killing) = 0;
  /// Called several times a second, also when nothing happens.
  virtual void tick() = 0;
};

struct SuperviseResult {
  std::map<std::string, Failure> failures;  ///< stage key → why
  bool interrupted = false;
};

/// Runs what is not finished, one worker process for each stage and parents first. A worker that dies
/// by a signal starts again from its checkpoint, at most 3 times without getting further. A failed stage
/// blocks what builds on it and nothing else; when the disk is full, nothing new is started. SIGINT,
/// SIGTERM or SIGHUP ends the run once the workers have saved their checkpoints.
///
/// `keep` is called with every finished stage, after its file was read back and verified; an Error that it
/// throws is passed over, since the stage is stored.
/// Throws Error(environment) if a worker of an earlier run still holds one of the stages.
SuperviseResult supervise(const Plan& plan, const std::vector<std::size_t>& wanted,
                          const results::Store& store, const SuperviseOptions& options, Observer& observer,
                          const std::function<void(const Stage&, const results::StageRecord&)>& keep);

}  // namespace mpq::harness
