#include "core/stop.h"

#include <atomic>
#include <csignal>

#include "core/error.h"

namespace mpq {
namespace {
std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "needed in a signal handler");
std::atomic<int> looks_left{0};
void on_signal(int) { stop.store(true); }
}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() {
  if (looks_left.load() > 0 && looks_left.fetch_sub(1) == 1) stop.store(true);
  return stop.load();
}
void request_stop(bool requested) { stop.store(requested); }
void request_stop_at_look(int n) { looks_left.store(n); }

void throw_if_stopped() {
  if (stop_requested())
    throw Error(ErrorKind::interrupted,
                {"stopped on request", "", "", "run the same command again: it continues where it was"});
}

}  // namespace mpq
