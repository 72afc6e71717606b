#include "harness/signal_watch.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/error.h"

namespace mpq::harness {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&set, number);
  struct sigaction hang_up {};
  sigaction(SIGHUP, nullptr, &hang_up);
  if (hang_up.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);  // nohup(1) means: go on
  return set;
}

}  // namespace

SignalWatch::SignalWatch() {
  const auto set = watched();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a closed terminal must not end a run that could go on
  descriptor_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  require(descriptor_ >= 0, "signalfd is not available");
}

SignalWatch::~SignalWatch() {
  take_stop_requests();  // one more Ctrl-C at the end must not cut the last words short
  ::close(descriptor_);
  if (asked_to_stop_)  // nor what a lost connection says again
    for (const int number : {SIGTERM, SIGHUP}) signal(number, SIG_IGN);
  const auto set = watched();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_DFL);
}

SignalWatch::StopRequests SignalWatch::take_stop_requests() {
  StopRequests requests;
  signalfd_siginfo info{};
  while (::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGCHLD) continue;
    ++requests.all;
    if (info.ssi_signo == SIGINT) ++requests.ctrl_c;
  }
  asked_to_stop_ = asked_to_stop_ || requests.all > 0;
  return requests;
}

}  // namespace mpq::harness
