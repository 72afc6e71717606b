#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/format.h"
#include "analysis/markdown.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

using Align = Table::Align;
constexpr int kBudgetCounts[] = {1, 3, 10};

std::string counter(double mean) { return mean == 0 ? "0" : grouped(std::llround(mean)); }

void add_phases(Table& table, const std::string& label, const std::string& stage, const PhaseCosts& costs) {
  for (const auto& phase : costs.names()) {
    const auto& mean = costs.phases.at(phase);
    const bool counted = mean.forward_images > 0 || mean.backward_images > 0 || mean.policy_evaluations > 0 ||
                         mean.hessian_products > 0;
    if (!counted && mean.wall_seconds < 1) continue;
    table.add({label, stage, phase, counter(mean.forward_images), counter(mean.backward_images),
               counter(mean.optimizer_steps), counter(mean.hessian_products),
               counter(mean.policy_evaluations), millions(mean.image_passes()), duration(mean.wall_seconds)});
  }
}

std::vector<const MethodCost*> costs_of(const Report& report, const std::string& network,
                                        const std::string& dataset) {
  std::vector<const MethodCost*> costs;
  for (const auto& cost : report.costs)
    if (cost.network == network && cost.dataset == dataset) costs.push_back(&cost);
  return costs;
}

// The float network's training: one stage per float key, shared by all rows of a place.
PhaseCosts pretraining_of(const Report& report, const std::string& network, const std::string& dataset) {
  PhaseCosts costs;
  std::vector<std::string> keys;
  for (const auto& one : report.data.cases) {
    const auto stage = report.data.stages.find(one.float_key);
    if (one.network != network || one.dataset != dataset || stage == report.data.stages.end()) continue;
    if (std::find(keys.begin(), keys.end(), one.float_key) != keys.end()) continue;
    keys.push_back(one.float_key);
    for (const auto& [phase, c] : stage->second.costs) {
      auto& mean = costs.phases[phase];
      mean.forward_images += static_cast<double>(c.forward_images);
      mean.backward_images += static_cast<double>(c.backward_images);
      mean.optimizer_steps += static_cast<double>(c.optimizer_steps);
      mean.wall_seconds += c.wall_seconds;
    }
  }
  return costs;
}

std::string phase_table(const Report& report, const std::string& network, const std::string& dataset) {
  Table table({{"row", Align::left},
               {"stage", Align::left},
               {"phase", Align::left},
               {"forward images"},
               {"backward images"},
               {"optimizer steps"},
               {"Hessian products"},
               {"policies scored"},
               {"image passes, M"},
               {"time"}});
  add_phases(table, "(all rows)", "pretrain, shared", pretraining_of(report, network, dataset));
  for (const auto* cost : costs_of(report, network, dataset)) {
    add_phases(table, cost->label, "prepare, once", cost->prepare);
    add_phases(table, cost->label, "deploy, each budget", cost->deploy);
  }
  return table.empty() ? "" : table.to_markdown();
}

std::string totals_table(const std::vector<const MethodCost*>& costs) {
  std::vector<Table::Column> columns = {{"row", Align::left}, {"kind", Align::left}};
  for (const auto n : kBudgetCounts) columns.push_back({fmt::format("{} budget{}, M", n, n == 1 ? "" : "s")});
  for (const auto n : kBudgetCounts)
    columns.push_back({fmt::format("{} budget{}, time", n, n == 1 ? "" : "s")});
  columns.push_back({"peak memory, MiB"});
  Table table(columns);
  for (const auto* cost : costs) {
    std::vector<std::string> cells = {cost->label, cost->is_one_shot() ? "one-shot"
                                                   : cost->retrains()  ? "trains for each budget"
                                                                       : "no training"};
    for (const auto n : kBudgetCounts) cells.push_back(millions(cost->image_passes(n)));
    for (const auto n : kBudgetCounts) cells.push_back(duration(cost->wall_seconds(n)));
    cells.push_back(grouped(cost->peak_memory_bytes >> 20));
    table.add(std::move(cells));
  }
  return table.to_markdown();
}

std::string break_even_table(const Report& report, const std::string& network, const std::string& dataset) {
  Table table({{"one-shot row", Align::left},
               {"is cheaper than", Align::left},
               {"in image passes", Align::left},
               {"in time", Align::left}});
  for (const auto& one : report.break_evens)
    if (one.one_shot->network == network && one.one_shot->dataset == dataset)
      table.add({one.one_shot->label, one.retraining->label,
                 when_cheaper(one.by_image_passes, one.until_image_passes),
                 when_cheaper(one.by_wall_seconds, one.until_wall_seconds)});
  return table.empty() ? "" : "\nBreak-even:\n\n" + table.to_markdown();
}

}  // namespace

std::string cost_section(const Report& report, const Figures& figures) {
  std::string text;
  for (const auto& [network, dataset] : places_of(report)) {
    const auto costs = costs_of(report, network, dataset);
    if (costs.empty()) continue;
    text += fmt::format("\n### {} on {}\n\n", network, dataset);
    text += figure_links(figures, Figure::Kind::cost_phases, network, dataset);
    text += phase_table(report, network, dataset);
    text += "\nTotal for several budgets, prepare + n · deploy:\n\n";
    text += figure_links(figures, Figure::Kind::cost_budgets, network, dataset);
    text += totals_table(costs) + break_even_table(report, network, dataset);
  }
  if (text.empty()) return "";
  return "\n## Cost\n\nMeans over the stored stages of each row (seeds and budgets). M: millions of image "
         "passes; an image pass is one\n"
         "image through one forward pass, a backward pass counts as two. Counts are the same on "
         "every machine; times\n"
         "are wall clock of the stage's process and comparable only if nothing else ran beside it. A policy "
         "that a "
         "search scores\n"
         "counts as one pass of the whole network an image, as published costs do; what lies in front of the "
         "change "
         "is computed once,\n"
         "so that a search takes less time than its passes say. Pretraining the float\n"
         "network is shared by all rows and in none of the totals; evaluation is not counted either, but the "
         "final score on\n"
         "`search` (phase `final_score`) is part of every deploy.\n" +
         text;
}

}  // namespace mpq::analysis
