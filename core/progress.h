#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace mpq {

/// One report of a long job: what it does, how far it is, how fast, and the seconds left.
struct ProgressEvent {
  std::string what;  ///< "train", "search", …
  double done = 0, total = 0;
  std::string unit;         ///< "step", "move", "image"
  double rate = 0;          ///< units per second since the start of this job in this process
  double seconds_left = 0;  ///< < 0: not known yet
  std::string detail;       ///< "loss 1.23, accuracy 45.6 %"
};

/// Called at most a few times a second. The library never prints: a worker sends events to its
/// supervisor, tests drop them.
using ProgressSink = std::function<void(const ProgressEvent&)>;

/// Turns "n of total done" into events, with rate and time left, at most every `interval_seconds`.
class Progress {
 public:
  Progress(ProgressSink sink, std::string what, double total, std::string unit, double already_done = 0,
           double interval_seconds = 0.5);
  void update(double done, const std::string& detail = {});
  void finish(const std::string& detail = {});

 private:
  void send(double done, const std::string& detail);

  ProgressSink sink_;
  std::string what_, unit_;
  double total_, already_done_, interval_seconds_;
  std::chrono::steady_clock::time_point start_, last_;
};

/// "what 12/34 unit, 5.6/s, 1:23 left, detail"
std::string to_line(const ProgressEvent& event);

/// 75 → "1:15", 3700 → "1:01:40"
std::string clock_text(double seconds);

}  // namespace mpq
