#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace mpq::harness {

/// A child process whose standard output arrives through a pipe. It is killed and reaped when the
/// object dies, so that no worker outlives its supervisor.
class Process {
 public:
  /// Starts `command` (command[0] is a path) in a process group of its own, so that Ctrl-C on the
  /// terminal reaches the supervisor alone; standard error is appended to `log_path`. Throws
  /// Error(environment) if it cannot be started.
  Process(const std::vector<std::string>& command, const std::string& log_path);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  int output() const { return output_; }  ///< non-blocking; for poll(2)
  /// What has arrived since the last call.
  std::string read_output();
  void signal(int number) const;
  /// The status of waitpid(2) once the process has ended.
  std::optional<int> ended();

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

/// What a program that was run to its end has left.
struct ProgramResult {
  int exit_code = 0;  ///< 128 + signal if a signal ended it
  std::string output, errors;
};

/// Runs `command` to its end with `input` on standard input. Throws Error(environment) if it cannot be
/// started.
ProgramResult run_program(const std::vector<std::string>& command, const std::string& input);

}  // namespace mpq::harness
