#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/file.h"
#include "core/json.h"
#include "results/stage_file.h"

namespace mpq::results {

/// The folder of finished stages:
///
///   store/format              "mpq store 1"
///   store/lock                held by the one supervisor
///   store/index.sqlite        rebuilt from the rest at any time
///   store/stages/ab/abcd…/    one folder per key: stage.h5, settings.json, log.txt, lock, failure.json, and
///                             scratch/ with the checkpoints of an unfinished stage
///   store/studies/NAME.h5     the resolved plan of the latest run of each study
///   store/reports/NAME/       its latest report
///   store/cache/              things that are cheap to make again
class Store {
 public:
  /// Opens or creates. Throws Error(environment) if the store is of a newer format, Error(input) if the
  /// folder holds other things than a store.
  explicit Store(std::string folder);
  /// Whether a store has been made there; for commands that only read.
  static bool is_store(const std::string& folder);

  const std::string& folder() const { return folder_; }
  /// Settings → key: SHA-256 of the canonical text.
  static std::string key_of(const Json& settings);
  /// Throws Error(input) unless `key` has the form of a key; so do all functions that take one.
  std::string stage_folder(const std::string& key) const;
  std::string stage_path(const std::string& key) const;  ///< …/stage.h5
  std::string log_path(const std::string& key) const;
  std::string index_path() const;
  std::string cache_folder() const;
  bool finished(const std::string& key) const;
  std::vector<std::string> finished_keys() const;  ///< sorted

  /// Why the last attempt at a stage failed: the supervisor's note, beside the stage and outside any
  /// key, as {"kind","what","where","expected","fix"}. It vanishes with the next attempt.
  std::string failure_path(const std::string& key) const;
  void write_failure(const std::string& key, const Json& failure) const;
  std::optional<Json> read_failure(const std::string& key) const;
  void clear_failure(const std::string& key) const;

  /// The supervisor's lock. Throws Error(environment) if another mpq holds it.
  FileLock lock() const;
  bool is_locked() const;
  /// The lock of the one worker of a stage.
  FileLock lock_stage(const std::string& key) const;

  /// Removes what a killed worker left: half-written files, and checkpoints of a stage that is finished. For
  /// whoever holds lock().
  void sweep(const std::string& key) const;

  /// The plan is the settings of a stage file whose summary.kind is "study". `name` may hold letters,
  /// digits, '.', '_' and '-'; anything else throws Error(input).
  void write_study(const std::string& name, const Json& plan) const;
  std::optional<Json> read_study(const std::string& name) const;
  std::vector<std::string> studies() const;  ///< sorted names

 private:
  std::string folder_;
};

}  // namespace mpq::results
