#pragma once

#include <cstdint>
#include <vector>

#include "harness/study.h"
#include "harness/study_section.h"

namespace mpq::harness {

/// candidates = [6, 5, 4, 3, 2]: different widths, descending.
std::vector<std::int64_t> read_candidates(const Section& study);

/// budgets = ["w3a3", 389324800] of a study or of one method.
std::vector<BudgetRequest> read_budgets(const Section& section, const std::vector<std::int64_t>& candidates);

}  // namespace mpq::harness
