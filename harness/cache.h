#pragma once

#include <functional>
#include <string>

#include "core/json.h"

namespace mpq::harness {

/// Returns `compute()` and keeps it in `folder` until `identity` changes; a damaged entry is computed
/// again, and a folder that cannot be written, or is "", only costs the time.
Json remembered(const std::string& folder, const std::string& kind, const Json& identity,
                const std::function<Json()>& compute);

/// SHA-256 of a file's content; read again only when its size or time of change differs.
std::string cached_sha256(const std::string& cache_folder, const std::string& path);

/// Path, size and time of change (ns) of a file, or of every file below a folder, as one hash: cheap,
/// and different whenever somebody writes to one of them.
std::string file_stamp(const std::string& path);

}  // namespace mpq::harness
