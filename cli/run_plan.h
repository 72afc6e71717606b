#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/plan.h"

namespace mpq::cli {

/// What `mpq run --dry-run` prints: cases, stages with what is done, how many are shared, and the passes
/// over the training images that are left to do.
void print_plan(const harness::Plan& plan, const std::vector<std::size_t>& cases,
                const std::function<bool(const std::string&)>& finished, bool as_json);

}  // namespace mpq::cli
