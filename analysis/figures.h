#pragma once

#include <string>
#include <vector>

#include "analysis/report.h"

namespace mpq::analysis {

/// One picture beside the report.
struct Figure {
  enum class Kind { accuracy, policy, cost_phases, cost_budgets };
  Kind kind;
  std::string network, dataset, split;  ///< split: accuracy only
  std::string file;                     ///< "accuracy-….svg"
  std::string script;                   ///< the gnuplot program, data included
};

struct Figures {
  std::vector<Figure> figures;  ///< those that were drawn
  std::string note;             ///< why some or all are missing, or ""
};

/// The gnuplot programs of every picture that the report has data for.
std::vector<Figure> plan_figures(const Report& report);

/// Draws them into `folder` (which exists): NAME.svg and, to draw it again, NAME.gp. Never throws because
/// of gnuplot: what could not be drawn is left out and the note says why.
Figures draw_figures(const Report& report, const std::string& folder);

Figure accuracy_figure(const Report& report, const std::string& network, const std::string& dataset,
                       const std::string& split);
Figure policy_figure(const Report& report, const std::string& network, const std::string& dataset);
Figure cost_phases_figure(const Report& report, const std::string& network, const std::string& dataset);
Figure cost_budgets_figure(const Report& report, const std::string& network, const std::string& dataset);

/// The networks and data sets of a report, in its order.
std::vector<std::pair<std::string, std::string>> places_of(const Report& report);

}  // namespace mpq::analysis
