#pragma once

#include <string>
#include <vector>

#include "analysis/report.h"

namespace mpq::analysis {

/// Holds every line of a CSV table of printed numbers against the report, and keeps the verdicts in it.
///
/// Columns, in any order: network, dataset, method (the method's name or a row's label), budget ("w3a3", an
/// integer, or "-" for none), metric, value, and optionally source. Metrics, in the units papers print:
///   top1, top5      percent                delta_float  points, ours minus float
///   cross_entropy   nats                   bitops_g     10⁹ BitOPs     size_mib  2²⁰ bytes
/// A value stands for everything that rounds to it ("71.0": 70.95 to 71.05). Accuracies are those of the
/// test split if the row was evaluated on it, else of the holdout.
/// Throws Error(input) with "file:line" for a missing or unknown column or metric (naming the nearest), a
/// value that is not a number, or a percentage that looks like a fraction.
void compare_against(Report& report, const std::string& csv_text, const std::string& file);

}  // namespace mpq::analysis
