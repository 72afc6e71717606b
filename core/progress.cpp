#include "core/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mpq {

using Clock = std::chrono::steady_clock;

Progress::Progress(ProgressSink sink, std::string what, double total, std::string unit, double already_done,
                   double interval_seconds)
    : sink_(std::move(sink)),
      what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      already_done_(already_done),
      interval_seconds_(interval_seconds),
      start_(Clock::now()),
      last_(start_) {}

void Progress::send(double done, const std::string& detail) {
  last_ = Clock::now();
  if (!sink_) return;
  const double elapsed = std::chrono::duration<double>(last_ - start_).count();
  const double rate = elapsed > 0 ? (done - already_done_) / elapsed : 0;
  sink_({what_, done, total_, unit_, rate, rate > 0 ? (total_ - done) / rate : -1, detail});
}

void Progress::update(double done, const std::string& detail) {
  if (std::chrono::duration<double>(Clock::now() - last_).count() >= interval_seconds_) send(done, detail);
}

void Progress::finish(const std::string& detail) { send(total_, detail); }

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string to_line(const ProgressEvent& e) {
  std::string line = fmt::format("{} {:.0f}/{:.0f} {}", e.what, e.done, e.total, e.unit);
  if (e.rate > 0)
    line += e.rate < 1000 ? fmt::format(", {:.3g}/s", e.rate) : fmt::format(", {:.0f}/s", e.rate);
  if (e.seconds_left >= 0) line += ", " + clock_text(e.seconds_left) + " left";
  if (!e.detail.empty()) line += ", " + e.detail;
  return line;
}

}  // namespace mpq
