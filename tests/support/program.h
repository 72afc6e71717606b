#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"

namespace mpq::testing {

/// What a program has left when it ended.
struct Ended {
  int exit_code = -1;  ///< −signal if a signal ended it
  std::string out, err;
};

/// A real process, with its output kept in memory. Killed if it still runs when the object dies.
class Program {
 public:
  using Environment = std::map<std::string, std::string>;

  /// Starts `command` in `folder`, with `environment` added to this process's own.
  Program(std::vector<std::string> command, const std::string& folder, const Environment& environment = {}) {
    std::vector<char*> words;
    for (auto& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    pid_ = ::fork();
    require(pid_ >= 0, "fork failed in a test");
    if (pid_ == 0) become(words, folder, environment);
  }
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }
  std::string out() const { return content(out_); }
  std::string err() const { return content(err_); }

  bool running() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
  }

  /// Waits for the end, `seconds` at most (then it is killed and the exit code is −SIGKILL).
  Ended wait(int seconds = 30) {
    int status = 0;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    pid_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), out(), err()};
  }

 private:
  [[noreturn]] void become(const std::vector<char*>& words, const std::string& folder,
                           const Environment& environment) {
    for (const int number : {SIGINT, SIGHUP, SIGPIPE})
      ::signal(number, SIG_DFL);  // whatever ctest itself ignores
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (::chdir(folder.c_str()) != 0 || ::dup2(nothing, 0) < 0 || ::dup2(out_, 1) < 0 || ::dup2(err_, 2) < 0)
      ::_exit(126);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  static std::string content(int fd) {
    struct stat status {};
    ::fstat(fd, &status);
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    const auto got = ::pread(fd, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

  int out_ = ::memfd_create("out", MFD_CLOEXEC), err_ = ::memfd_create("err", MFD_CLOEXEC);
  pid_t pid_ = -1;
};

inline Ended run_to_end(const std::vector<std::string>& command, const std::string& folder,
                        const Program::Environment& environment = {}) {
  return Program(command, folder, environment).wait();
}

/// Polls until `condition` holds, 20 seconds at most; says whether it did.
template <class Condition>
bool eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace mpq::testing
