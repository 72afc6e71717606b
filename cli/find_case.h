#pragma once

#include <string>

#include "results/index.h"

namespace mpq::cli {

/// The row called `id`, in `study` or in the only study that has one. Throws Error(input) with the nearest id.
results::CaseRow find_case(const results::Index& index, const std::string& id, const std::string& study);

}  // namespace mpq::cli
