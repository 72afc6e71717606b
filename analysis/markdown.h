#pragma once

#include <string>

#include "analysis/figures.h"
#include "analysis/report.h"

namespace mpq::analysis {

/// The whole report as Markdown that also reads well as plain text; `figures` are linked where they belong.
std::string to_markdown(const Report& report, const Figures& figures);

/// Its parts; "" where a report has nothing to say.
std::string accuracy_section(const Report& report, const Figures& figures);
std::string comparison_section(const Report& report);
std::string policy_section(const Report& report, const Figures& figures);
std::string cost_section(const Report& report, const Figures& figures);
std::string claims_section(const Report& report);
std::string settings_section(const Report& report);
std::string provenance_section(const Report& report);

/// "What this supports": sentences that follow from the intervals, and what they leave open.
std::string findings_section(const Report& report);

/// The table of accuracies of one network, data set and split; `narrow` leaves out what a terminal can do
/// without.
std::string accuracy_table(const Report& report, const std::string& network, const std::string& dataset,
                           const std::string& split, bool narrow = false);

/// "![caption](figures/file)" for each figure of this kind and place.
std::string figure_links(const Figures& figures, Figure::Kind kind, const std::string& network,
                         const std::string& dataset, const std::string& split = "");

}  // namespace mpq::analysis
