#pragma once

#include <map>
#include <string>

#include "core/array.h"
#include "core/json.h"

namespace mpq::results {

/// Everything one finished stage leaves behind. One HDF5 file, laid out as docs/results_format.md says.
struct StageRecord {
  Json settings = Json::object();       ///< what the key is the hash of
  Json environment = Json::object();    ///< revision, machine, library versions: beside the key, not in it
  Json summary = Json::object();        ///< status, metrics, policy, costs: small facts for index and report
  std::map<std::string, Array> arrays;  ///< HDF5 path → values, e.g. "/predictions/holdout/label"
};

/// Raised when a store was written by a newer mpq.
inline constexpr int kStoreFormat = 1;

/// Writes `record` whole or not at all. The file is HDF5 behind a 512-byte user block that holds the
/// magic, the format number and the SHA-256 of everything after it.
void write_stage_file(const std::string& path, const StageRecord& record);

/// Verifies the checksum before HDF5 sees a byte, then reads. `prefix` limits which arrays are loaded
/// ("" = all, "none" = only the three JSON parts). Throws Error(input) for a damaged file and
/// Error(environment) for a newer format.
StageRecord read_stage_file(const std::string& path, const std::string& prefix = "");

}  // namespace mpq::results
