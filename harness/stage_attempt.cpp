#include "harness/stage_attempt.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/file.h"

namespace mpq::harness {
namespace {

constexpr int kExitInterrupted = 130;

void append_log(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text << std::flush;
}

std::string time_text() {
  const auto now = std::time(nullptr);
  std::string text(32, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", std::localtime(&now)));
  return text;
}

std::vector<std::string> prepare_command(const Stage& stage, const results::Store& store,
                                         const SuperviseOptions& options, int number) {
  const auto folder = store.stage_folder(stage.key);
  make_folders(folder);
  store.clear_failure(stage.key);
  write_whole(folder + "/settings.json", stage.settings.dump(1) + "\n");
  append_log(store.log_path(stage.key),
             "== " + time_text() + "  " + stage.title + ", attempt " + std::to_string(number) + "\n");
  std::vector<std::string> command = {options.worker,
                                      "--run",
                                      folder + "/settings.json",
                                      "--store",
                                      store.folder(),
                                      "--data",
                                      options.data_folder,
                                      "--loader-threads",
                                      std::to_string(options.loader_threads),
                                      "--checkpoint-seconds",
                                      std::to_string(options.checkpoint_seconds),
                                      "--check-parent",
                                      std::to_string(::getpid())};
  if (!stage.checkpoint.empty()) command.insert(command.end(), {"--checkpoint", stage.checkpoint});
  return command;
}

}  // namespace

StageAttempt::StageAttempt(const Stage& stage, const results::Store& store, const SuperviseOptions& options,
                           int number)
    : stage_(stage),
      log_path_(store.log_path(stage.key)),
      process_(prepare_command(stage, store, options, number), log_path_) {}

std::optional<ProgressEvent> StageAttempt::listen() {
  events_.add(process_.read_output());
  if (const auto text = events_.take_text(); !text.empty()) append_log(log_path_, text);
  return events_.take_progress();
}

StageAttempt::End StageAttempt::poll() {
  const auto status = process_.ended();
  if (!status) return End::running;
  exit_code_ = WIFEXITED(*status) ? WEXITSTATUS(*status) : 0;
  if (WIFSIGNALED(*status)) death_signal_ = WTERMSIG(*status);
  if (exit_code_ == kExitInterrupted) death_signal_ = SIGTERM;
  if (death_signal_ != 0) return End::died;
  return exit_code_ == 0 ? End::done : End::failed;
}

Failure StageAttempt::failure() const {
  if (events_.error()) return *events_.error();
  auto failure = Failure::from_json({{"kind", exit_code_}});
  failure.parts = {"the worker stopped with exit code " + std::to_string(exit_code_) + " and gave no reason",
                   stage_.title + ", log " + log_path_, "a worker that finishes or says why not",
                   "read the end of the log; please report it if the reason is not there"};
  return failure;
}

results::StageRecord read_back(const Stage& stage, const results::Store& store) {
  const auto path = store.stage_path(stage.key);
  if (!store.finished(stage.key))
    throw Error(ErrorKind::bug, {"the worker said it was done and stored nothing", stage.title, path,
                                 "please report it with the log " + store.log_path(stage.key)});
  try {
    auto record = results::read_stage_file(path);
    if (results::Store::key_of(record.settings) == stage.key) return record;
    throw_input({"the stored stage has other settings than its key says", path,
                 "settings whose SHA-256 is " + stage.key, "run again; please report it if it comes back"});
  } catch (const Error& e) {
    // A file of this name counts as finished, so a bad one must not keep it. One of a newer format is not bad.
    std::error_code gone;
    if (e.kind() != ErrorKind::environment) std::filesystem::rename(path, path + ".refused", gone);
    throw;
  }
}

}  // namespace mpq::harness
