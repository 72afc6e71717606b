#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan.h"

namespace mpq::cli {

/// What a dry run knows beside the plan.
struct PlanView {
  std::function<bool(const std::string& key)> finished;
  std::optional<double> measured_flops;  ///< a second, of finished stages of this plan
  std::vector<std::string> missing;      ///< sentences about what is not here
};

/// What `mpq run --dry-run` prints: cases, stages with what is done, how many are shared, and what is left to do
/// in images, operations, time, memory and disk.
void print_plan(const harness::Plan& plan, const std::vector<std::size_t>& cases, const PlanView& view,
                bool as_json);

}  // namespace mpq::cli
