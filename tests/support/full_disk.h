#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace mpq::testing {

/// Whether `is_right` holds in a process of its own in which no file can grow beyond `bytes`, as on a full disk.
template <class Check>
bool on_full_disk(rlim_t bytes, const Check& is_right) {
  const auto child = ::fork();
  if (child < 0) return false;
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(is_right() ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace mpq::testing
