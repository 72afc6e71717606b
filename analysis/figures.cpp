#include "analysis/figures.h"

#include <algorithm>
#include <filesystem>

#include "analysis/gnuplot.h"
#include "core/error.h"
#include "core/file.h"

namespace mpq::analysis {
namespace {

bool has_policy(const Report& report, const std::string& network, const std::string& dataset) {
  return std::any_of(report.rows.begin(), report.rows.end(), [&](const Row& row) {
    return row.network == network && row.dataset == dataset && !row.is_float && !row.deployments().empty();
  });
}

bool has_costs(const Report& report, const std::string& network, const std::string& dataset) {
  return std::any_of(report.costs.begin(), report.costs.end(), [&](const MethodCost& cost) {
    return cost.network == network && cost.dataset == dataset && cost.image_passes(1) > 0;
  });
}

bool has_accuracy(const Report& report, const std::string& network, const std::string& dataset,
                  const std::string& split) {
  return std::any_of(report.measured.begin(), report.measured.end(), [&](const Measured& m) {
    return m.row->network == network && m.row->dataset == dataset && m.split == split && !m.row->is_float &&
           !m.row->deployments().empty();
  });
}

}  // namespace

std::vector<std::pair<std::string, std::string>> places_of(const Report& report) {
  std::vector<std::pair<std::string, std::string>> places;
  for (const auto& row : report.rows)
    if (const std::pair place(row.network, row.dataset);
        std::find(places.begin(), places.end(), place) == places.end())
      places.push_back(place);
  return places;
}

std::vector<Figure> plan_figures(const Report& report) {
  std::vector<Figure> figures;
  for (const auto& [network, dataset] : places_of(report)) {
    for (const auto& split : splits_of(report.rows))
      if (has_accuracy(report, network, dataset, split))
        figures.push_back(accuracy_figure(report, network, dataset, split));
    if (has_policy(report, network, dataset)) figures.push_back(policy_figure(report, network, dataset));
    if (!has_costs(report, network, dataset)) continue;
    figures.push_back(cost_phases_figure(report, network, dataset));
    figures.push_back(cost_budgets_figure(report, network, dataset));
  }
  return figures;
}

Figures draw_figures(const Report& report, const std::string& folder) {
  Figures drawn;
  for (auto& figure : plan_figures(report)) {
    const auto stem = figure.file.substr(0, figure.file.rfind('.'));
    write_whole(folder + "/" + stem + ".gp", figure.script);
    const auto wrong = run_gnuplot(report.options.gnuplot, folder, stem);
    if (wrong.empty()) {
      drawn.figures.push_back(std::move(figure));
      continue;
    }
    // An old picture beside new tables would be worse than none.
    std::error_code absent;
    std::filesystem::remove(folder + "/" + figure.file, absent);
    if (drawn.note.empty())
      drawn.note = "Some pictures are missing: " + wrong +
                   ". Install gnuplot and make the report again; `figures/*.gp` hold the data.";
  }
  return drawn;
}

}  // namespace mpq::analysis
