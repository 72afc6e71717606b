#include "harness/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"

extern char** environ;

namespace mpq::harness {
namespace {

[[noreturn]] void throw_start(const std::string& program, int code) {
  throw_environment({"the program cannot be started: " + std::string(std::strerror(code)), program,
                     "an executable program and free processes",
                     "build mpq again, or check the limits (ulimit -u)"});
}

/// The arguments of posix_spawn(3) that need releasing.
struct SpawnPlan {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// Nothing of the supervisor's signal handling is inherited.
  void reset_signals(bool own_group) {
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int group = own_group ? POSIX_SPAWN_SETPGROUP : 0;
    posix_spawnattr_setflags(&attributes,
                             static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group));
  }

  pid_t start(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = -1;
    const int code = posix_spawn(&pid, arguments[0], &files, &attributes, arguments.data(), environ);
    if (code != 0) throw_start(command[0], code);
    return pid;
  }
};

struct MemoryFile {
  int fd = ::memfd_create("mpq", MFD_CLOEXEC);
  ~MemoryFile() { ::close(fd); }
  void fill(const std::string& text) const {
    require(::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
            "memory file is full");
  }
  std::string content() const {
    std::string text(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(fd, 0, SEEK_END))), '\0');
    const auto got = ::pread(fd, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
};

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::string& log_path) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_start(command[0], errno);
  output_ = ends[0];
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  SpawnPlan plan;
  plan.reset_signals(true);
  posix_spawn_file_actions_addopen(&plan.files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&plan.files, ends[1], 1);
  posix_spawn_file_actions_addopen(&plan.files, 2, log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  try {
    pid_ = plan.start(command);
  } catch (...) {
    ::close(ends[1]);
    ::close(std::exchange(output_, -1));
    throw;
  }
  ::close(ends[1]);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)) {}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
}

std::string Process::read_output() {
  std::string text;
  std::array<char, 1 << 14> piece{};
  for (;;) {
    const auto got = ::read(output_, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

void Process::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

std::optional<int> Process::ended() {
  int status = 0;
  if (pid_ < 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  pid_ = -1;
  return status;
}

ProgramResult run_program(const std::vector<std::string>& command, const std::string& input) {
  const MemoryFile in, out, errors;
  in.fill(input);
  ::lseek(in.fd, 0, SEEK_SET);
  SpawnPlan plan;
  plan.reset_signals(false);
  posix_spawn_file_actions_adddup2(&plan.files, in.fd, 0);
  posix_spawn_file_actions_adddup2(&plan.files, out.fd, 1);
  posix_spawn_file_actions_adddup2(&plan.files, errors.fd, 2);
  const pid_t pid = plan.start(command);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out.content(), errors.content()};
}

}  // namespace mpq::harness
