#pragma once

#include <string>

#include "core/json.h"

namespace mpq::harness {

/// Runs `worker flag` with `request` on its standard input and returns what it printed. Throws the worker's own
/// error if it ended with one, Error(bug) if it ended badly without a word; `about` says what it was asked for.
std::string ask_worker(const std::string& worker, const std::string& flag, const Json& request,
                       const std::string& about);

}  // namespace mpq::harness
