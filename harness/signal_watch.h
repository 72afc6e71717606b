#pragma once

namespace mpq::harness {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGCHLD arrive as data on a descriptor instead of
/// interrupting anything, and SIGPIPE is ignored. Under nohup(1) SIGHUP stays ignored.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  int descriptor() const { return descriptor_; }  ///< for poll(2)
  /// Takes what has arrived; the requests to stop among it. Of those, only Ctrl-C can insist: a lost connection sends
  /// SIGHUP several times, timeout(1) its signal twice.
  struct StopRequests {
    int all = 0, ctrl_c = 0;
  };
  StopRequests take_stop_requests();

 private:
  int descriptor_ = -1;
  bool asked_to_stop_ = false;
};

}  // namespace mpq::harness
