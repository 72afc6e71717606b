#include "harness/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

#include <chrono>
#include <filesystem>
#include <list>
#include <thread>

#include "core/error.h"
#include "harness/signal_watch.h"
#include "harness/stage_attempt.h"

namespace mpq::harness {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kMaxFruitlessRestarts = 3;
constexpr auto kTick = std::chrono::milliseconds(200);
constexpr Seconds kGraceAfterTimeLimit{30};
constexpr Seconds kPatienceWithOldWorkers{15};

/// All attempts at one stage in this run.
struct History {
  Clock::time_point first_start = Clock::now();
  int attempts = 0, fruitless = 0;
  bool advanced = false;  // since the last death
  bool over_limit = false;
  std::string last_progress = "no progress yet";
  Furthest furthest;
};

class Supervisor {
 public:
  Supervisor(const Plan& plan, const std::vector<std::size_t>& wanted, const results::Store& store,
             const SuperviseOptions& options, Observer& observer,
             const std::function<void(const Stage&, const results::StageRecord&)>& keep)
      : plan_(plan),
        store_(store),
        options_(options),
        observer_(observer),
        keep_(keep),
        queue_(plan, wanted, [&](const auto& key) { return store.finished(key); }) {}

  SuperviseResult run() {
    wait_for_old_workers();
    for (launch(); !running_.empty(); launch()) {
      wait();
      if (const auto requests = signals_.take_stop_requests(); requests.all > 0) stop(requests);
      for (auto worker = running_.begin(); worker != running_.end();) {
        auto current = worker++;
        attend(current);
      }
      observer_.tick();
    }
    return std::move(result_);
  }

 private:
  struct Running {
    std::size_t stage;
    StageAttempt attempt;
  };
  using Worker = std::list<Running>::iterator;

  /// A killed supervisor's workers die with it, but not always before the next command starts.
  void wait_for_old_workers() const {
    const auto deadline = Clock::now() + kPatienceWithOldWorkers;
    for (const auto stage : queue_.in_state(StageState::to_do)) {
      const auto& key = plan_.stages[stage].key;
      if (!std::filesystem::exists(store_.stage_folder(key) + "/lock")) continue;
      for (bool free = false; !free;) {
        try {
          const auto lock = store_.lock_stage(key);
          free = lock.held();
        } catch (const Error&) {
          if (Clock::now() > deadline) throw;
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
      }
    }
  }

  void launch() {
    while (!result_.interrupted && !disk_trouble_ &&
           running_.size() < static_cast<std::size_t>(options_.jobs)) {
      const auto stage = queue_.take();
      if (!stage) return;
      auto& history = histories_[*stage];
      try {
        running_.push_back(
            {*stage, StageAttempt(plan_.stages[*stage], store_, options_, ++history.attempts)});
        observer_.started(plan_.stages[*stage], history.attempts);
      } catch (const Error& e) {
        fail(*stage, {e.kind(), e.parts()});
      }
    }
  }

  void wait() {
    std::vector<pollfd> sources = {{signals_.descriptor(), POLLIN, 0}};
    for (const auto& worker : running_) sources.push_back({worker.attempt.output(), POLLIN, 0});
    // A worker that has closed its output reports "hung up" at once; its end is told by SIGCHLD.
    ::poll(sources.data(), closed_output_ ? 1 : sources.size(), static_cast<int>(kTick.count()));
    closed_output_ = false;
    for (const auto& source : sources) closed_output_ = closed_output_ || (source.revents & POLLHUP) != 0;
  }

  void attend(Worker worker) {
    const auto end = worker->attempt.poll();  // before listening: nothing is said after the end
    auto& history = histories_[worker->stage];
    if (const auto event = worker->attempt.listen()) {
      history.last_progress = to_line(*event);
      history.advanced = history.furthest.note(*event) || history.advanced;
      observer_.progress(worker->attempt.stage(), *event);
    }
    switch (end) {
      case StageAttempt::End::running:
        return enforce_limit(*worker, history);
      case StageAttempt::End::done:
        finish(worker->stage);
        break;
      case StageAttempt::End::failed:
        fail(worker->stage, worker->attempt.failure());
        break;
      case StageAttempt::End::died:
        bury(*worker, history);
        break;
    }
    running_.erase(worker);
  }

  void enforce_limit(Running& worker, History& history) {
    if (options_.limit_minutes <= 0) return;
    const Seconds over = Clock::now() - history.first_start - Seconds(60 * options_.limit_minutes);
    if (over > Seconds(0) && !std::exchange(history.over_limit, true)) worker.attempt.signal(SIGTERM);
    if (over > kGraceAfterTimeLimit) worker.attempt.signal(SIGKILL);
  }

  void finish(std::size_t stage) {
    const auto& done = plan_.stages[stage];
    results::StageRecord record;
    try {
      record = read_back(done, store_);
    } catch (const Error& e) {
      return fail(stage, {e.kind(), e.parts()});
    }
    queue_.set_done(stage);
    try {
      keep_(done, record);
    } catch (const Error&) {  // an index that is busy, say: the stage is stored, and can be kept later
    }
    observer_.finished(done, Seconds(Clock::now() - histories_[stage].first_start).count());
  }

  void fail(std::size_t stage, const Failure& failure) {
    const auto& failed = plan_.stages[stage];
    queue_.set_failed(stage);
    result_.failures.emplace(failed.key, failure);
    disk_trouble_ = disk_trouble_ || failure.kind == ErrorKind::environment;
    try {
      store_.write_failure(failed.key, failure.to_json());
    } catch (const Error&) {  // a full disk: the failure is told on the screen all the same
    }
    observer_.failed(failed, failure);
  }

  /// The worker died by a signal: ours, the user's, or one that nobody here sent.
  void bury(const Running& worker, History& history) {
    const auto& stage = plan_.stages[worker.stage];
    const int signal = worker.attempt.death_signal();
    if (result_.interrupted) return queue_.put_back(worker.stage);
    if (history.over_limit)
      return fail(worker.stage, {ErrorKind::case_failed,
                                 {"the stage took longer than its time limit",
                                  stage.title + ", at " + history.last_progress,
                                  "at most " + clock_text(60 * options_.limit_minutes) + " of wall time",
                                  "run again to go on from its checkpoint, or raise --time-limit"}});
    if (!std::exchange(history.advanced, false))
      ++history.fruitless;
    else
      history.fruitless = 0;
    if (history.fruitless > kMaxFruitlessRestarts)
      return fail(
          worker.stage,
          {ErrorKind::case_failed,
           {"the worker was ended by signal " + std::to_string(signal) + " (" + ::strsignal(signal) +
                ") after " + std::to_string(history.attempts) + " attempts, the last " +
                std::to_string(history.fruitless) + " without getting further",
            stage.title + ", at " + history.last_progress, "a worker that reaches its end",
            "if memory ran out, lower --jobs; otherwise read the log: " + store_.log_path(stage.key)}});
    queue_.put_back(worker.stage);
    observer_.restarting(stage, signal);
  }

  void stop(SignalWatch::StopRequests requests) {
    const bool again = std::exchange(result_.interrupted, true);
    const bool killing = requests.ctrl_c > (again ? 0 : 1);
    if (again && !killing) return;
    observer_.stopping(running_.size(), killing);
    for (const auto& worker : running_) worker.attempt.signal(killing ? SIGKILL : SIGTERM);
  }

  const Plan& plan_;
  const results::Store& store_;
  const SuperviseOptions& options_;
  Observer& observer_;
  const std::function<void(const Stage&, const results::StageRecord&)>& keep_;
  SignalWatch signals_;
  StageQueue queue_;
  std::map<std::size_t, History> histories_;
  std::list<Running> running_;
  SuperviseResult result_;
  bool disk_trouble_ = false, closed_output_ = false;
};

}  // namespace

SuperviseResult supervise(const Plan& plan, const std::vector<std::size_t>& wanted,
                          const results::Store& store, const SuperviseOptions& options, Observer& observer,
                          const std::function<void(const Stage&, const results::StageRecord&)>& keep) {
  return Supervisor(plan, wanted, store, options, observer, keep).run();
}

}  // namespace mpq::harness
