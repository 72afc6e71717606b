#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "results/stage_file.h"
#include "results/store.h"

namespace mpq::results {

/// Raised whenever a table changes; an index of an older version is made again, not migrated.
inline constexpr int kIndexVersion = 2;

/// One row of `stages` as the programs need it. Absent numbers are SQL NULLs.
struct StageRow {
  std::string key, kind, status, reason;
  std::string method, network, dataset;
  std::optional<std::int64_t> seed, threads, achieved_bitops, peak_memory_bytes;
  double wall_seconds = 0;
  std::string revision, instruction_set, finished_at;
};

/// One row of `cases`, with what the finished stages say about it.
struct CaseRow {
  std::string study, id, label, method, network, dataset, budget;
  std::optional<std::int64_t> budget_bitops, seed, achieved_bitops;
  std::string float_key, prepare_key, deploy_key, holdout_key, test_key;
  /// "done", "unsupported", or "open" (some stage is not finished; store.read_failure() may say why).
  std::string status, reason;
  int stages_done = 0, stages_total = 0;
  std::optional<double> holdout_top1, test_top1;  ///< fractions
};

/// The SQLite file beside the stages: small facts for listing and for the user's own queries. It can be
/// deleted at any time; `rebuild` makes the same rows from the HDF5 files. Tables, columns and example
/// queries: docs/results_format.md. One writer at a time; a reader waits up to ten seconds for it.
class Index {
 public:
  enum class Access { read, write };

  /// Opens store/index.sqlite; for writing, creates what is missing. Throws Error(environment) for a
  /// file that is not a database, an index of another version, or (reading) no index at all.
  explicit Index(const Store& store, Access access = Access::write);
  ~Index();
  Index(Index&&) noexcept;
  Index& operator=(Index&&) noexcept;

  /// Replaces all rows of this stage, in one transaction.
  void add_stage(const std::string& key, const StageRecord& record);
  void remove_stage(const std::string& key);
  /// Replaces all rows of this study; `plan` as in store/studies/NAME.h5.
  void add_study(const Json& plan);
  /// Drops everything and indexes every file of `store`, in one transaction. A database too damaged to
  /// open is deleted first. Returns a sentence for each file left out because it could not be read.
  static std::vector<std::string> rebuild(const Store& store);

  std::vector<std::string> studies() const;                    ///< sorted names
  std::vector<CaseRow> cases(const std::string& study) const;  ///< in the order of the plan
  std::optional<StageRow> stage(const std::string& key) const;
  std::vector<StageRow> stages() const;  ///< sorted by kind, then key
  /// Evaluations of the split "test" of this data set in the whole store: looks at the test set.
  std::int64_t test_looks(const std::string& dataset) const;

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace mpq::results
