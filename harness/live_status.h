#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "core/json.h"
#include "core/progress.h"
#include "harness/plan.h"
#include "results/store.h"

namespace mpq::harness {

/// Tells `mpq status` what a running supervisor is doing: a small file in the store's cache, written
/// every few seconds and removed at the end.
class LiveStatus {
 public:
  LiveStatus(const results::Store& store, std::string study);
  ~LiveStatus();
  LiveStatus(const LiveStatus&) = delete;
  LiveStatus& operator=(const LiveStatus&) = delete;

  void running(const Stage& stage, const std::optional<ProgressEvent>& event = {});
  void ended(const Stage& stage);
  /// Writes if something changed and the last time is long enough ago.
  void tick();

 private:
  std::string path_, study_;
  std::map<std::string, Json> stages_;  // key → what is known of it
  std::chrono::steady_clock::time_point written_{};
  bool changed_ = true;
};

/// What the supervisor of this store wrote last, {"pid","study","stages":{key:{"title","line"}}}; nothing
/// if no supervisor lives.
std::optional<Json> read_live_status(const results::Store& store);

}  // namespace mpq::harness
