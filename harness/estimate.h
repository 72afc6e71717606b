#pragma once

#include <string>

#include "harness/plan.h"

namespace mpq::harness {

/// Passes over the training images that a stage will make, as far as its settings tell: epochs of the
/// recipe, times the passes of one step where a method draws several policies. 0 for a stage that does not
/// train. An estimate for `--dry-run`; what a stage did cost is metered.
double estimated_epochs(const Stage& stage, const Study& study);

}  // namespace mpq::harness
