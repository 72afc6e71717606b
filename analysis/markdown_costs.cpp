#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/format.h"
#include "analysis/markdown.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

using Align = Table::Align;
constexpr int kBudgetCounts[] = {1, 3, 10};

std::string counter(double mean) { return mean == 0 ? "0" : grouped(static_cast<std::int64_t>(mean + 0.5)); }

void add_phases(Table& table, const std::string& label, const std::string& stage, const PhaseCosts& costs) {
  for (const auto& phase : costs.names()) {
    const auto& mean = costs.phases.at(phase);
    const bool counted = mean.forward_images > 0 || mean.backward_images > 0 || mean.policy_evaluations > 0 || mean.hessian_products > 0;
    if (!counted && mean.wall_seconds < 1) continue;
    table.add({label, stage, phase, counter(mean.forward_images), counter(mean.backward_images), counter(mean.optimizer_steps),
               counter(mean.hessian_products), counter(mean.policy_evaluations), millions(mean.image_passes()), duration(mean.wall_seconds)});
  }
}

std::vector<const MethodCost*> costs_of(const Report& report, const std::string& network, const std::string& dataset) {
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
  Table table({{"row", Align::left}, {"stage", Align::left}, {"phase", Align::left}, {"forward images"}, {"backward images"},
               {"optimizer steps"}, {"Hessian products"}, {"policies scored"}, {"image passes, M"}, {"time"}});
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
  for (const auto n : kBudgetCounts) columns.push_back({fmt::format("{} budget{}, time", n, n == 1 ? "" : "s")});
  columns.push_back({"peak memory, MiB"});
  Table table(columns);
  for (const auto* cost : costs) {
    std::vector<std::string> cells = {cost->label, cost->is_one_shot() ? "one-shot" : cost->retrains() ? "trains for each budget" : "no training"};
    for (const auto n : kBudgetCounts) cells.push_back(millions(cost->image_passes(n)));
    for (const auto n : kBudgetCounts) cells.push_back(duration(cost->wall_seconds(n)));
    cells.push_back(grouped(cost->peak_memory_bytes >> 20));
    table.add(std::move(cells));
  }
  return table.to_markdown();
}

std::string from_budget(const std::optional<std::int64_t>& n) { return n ? "from the " + ordinal(*n) + " budget on" : "never"; }

std::string break_even_table(const Report& report, const std::string& network, const std::string& dataset) {
  Table table({{"one-shot row", Align::left}, {"is cheaper than", Align::left}, {"in image passes", Align::left}, {"in time", Align::left}});
  for (const auto& one : report.break_evens)
    if (one.one_shot->network == network && one.one_shot->dataset == dataset)
      table.add({one.one_shot->label, one.retraining->label, from_budget(one.by_image_passes), from_budget(one.by_wall_seconds)});
  return table.empty() ? "" : "\nBreak-even:\n\n" + table.to_markdown();
}

std::string mean_under(const Row& row, const std::string& convention) {
  double sum = 0;
  for (const auto* d : row.deployments()) {
    const auto found = d->bitops_by_convention.find(convention);
    if (found == d->bitops_by_convention.end()) return "–";
    sum += static_cast<double>(found->second);
  }
  return giga(sum / static_cast<double>(row.deployments().size()));
}

// "8 3 3 4 …" with equal widths, so that lines can be compared by eye.
std::string width_line(const std::vector<std::int64_t>& bits) {
  std::string text;
  for (const auto b : bits) text += fmt::format("{:>3}", b);
  return text;
}

// BitOPs of the same policies under every convention that the stages know.
std::string convention_table(const Report& report, const std::string& network, const std::string& dataset) {
  std::set<std::string> names;
  std::vector<const Row*> rows;
  for (const auto& row : report.rows) {
    if (row.network != network || row.dataset != dataset || row.deployments().empty()) continue;
    rows.push_back(&row);
    for (const auto* d : row.deployments())
      for (const auto& [name, bitops] : d->bitops_by_convention) names.insert(name);
  }
  if (names.size() < 2) return "";
  std::vector<Table::Column> columns = {{"budget", Align::left}, {"row", Align::left}};
  for (const auto& name : names) columns.push_back({name});
  Table table(columns);
  for (const auto* row : rows) {
    std::vector<std::string> cells = {row->is_float ? "–" : row->budget, row->label};
    for (const auto& name : names) cells.push_back(mean_under(*row, name));
    table.add(std::move(cells));
  }
  return "\nThe same policies under other cost conventions, G:\n\n" + table.to_markdown();
}

// Two lines of widths for every policy.
std::string policy_text(const std::vector<PolicyLine>& lines) {
  std::vector<std::string> names;
  std::size_t widest = 0;
  for (const auto& line : lines) {
    names.push_back(fmt::format("{} {}, {}", line.row->budget, line.row->label, seeds_text(line.seeds)));
    widest = std::max(widest, display_width(names.back()));
  }
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i)
    text += fmt::format("{}{}  W{}\n{}  A{}\n", names[i], std::string(widest - display_width(names[i]), ' '),
                        width_line(lines[i].deployment->weight_bits), std::string(widest, ' '), width_line(lines[i].deployment->act_bits));
  return text;
}

// Layers whose arithmetic had other widths than the convention charges.
std::string executed_differently(const std::vector<PolicyLine>& lines) {
  std::set<std::string> sentences;
  for (const auto& [row, seeds, d] : lines)
    for (std::size_t i = 0; i < d->layers.size(); ++i) {
      const auto note = [&sentences, &layer = d->layers[i], i](const char* what, const auto& charged, const auto& executed) {
        if (i < executed.size() && executed[i] != charged[i])
          sentences.insert(fmt::format("{} {} charged {}, executed {}", layer, what, charged[i],
                                       executed[i] == 32 ? "in float" : std::to_string(executed[i])));
      };
      note("weights", d->weight_bits, d->executed_weight_bits);
      note("activations", d->act_bits, d->executed_act_bits);
    }
  std::string text;
  for (const auto& sentence : sentences) text.append(text.empty() ? "" : "; ").append(sentence);
  return text.empty() ? "" : "\nExecuted differently than charged: " + text + ".\n";
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
  return "\n## Cost\n\nMeans over the stored stages of each row (seeds and budgets). M: millions of image passes; an image pass is one\n"
         "image through one forward pass, a backward pass counts as two. Counts are exact and the same on every machine; times\n"
         "are wall clock of the stage's process and comparable only if nothing else ran beside it. Pretraining the float\n"
         "network is shared by all rows and in none of the totals; evaluation is not counted either.\n" +
         text;
}

std::string policy_section(const Report& report, const Figures& figures) {
  std::string text;
  for (const auto& [network, dataset] : places_of(report)) {
    const auto lines = policy_lines(report.rows, network, dataset);
    if (lines.empty()) continue;
    text += fmt::format("\n### {} on {}\n\n", network, dataset) + figure_links(figures, Figure::Kind::policy, network, dataset) +
            "```\n" + policy_text(lines) + "```\n" + executed_differently(lines) + convention_table(report, network, dataset);
  }
  if (text.empty()) return "";
  return "\n## Policies\n\nCharged bits of every quantized layer in the order of the network, weights (W) over activations (A).\n" + text;
}

std::string provenance_section(const Report& report) {
  std::string text = "\n## Where the numbers come from\n\n";
  for (const auto& looks : report.test_looks)
    text += fmt::format("- Looks at the test set of {}: {} in this study{}.\n", looks.dataset, looks.in_study,
                        looks.in_store < 0 ? "" : fmt::format(", {} in the whole store", looks.in_store));
  Table table({{"stages"}, {"revision", Align::left}, {"uncommitted changes", Align::left}, {"mpq", Align::left}, {"build", Align::left},
               {"LibTorch", Align::left}, {"device", Align::left}, {"CPU", Align::left}, {"instruction set", Align::left}, {"threads"}, {"total time"}});
  for (const auto& m : report.machines)
    table.add({std::to_string(m.stages), m.revision, m.dirty ? "yes" : "no", m.version, m.build, m.libtorch, m.device, m.cpu, m.instruction_set,
               std::to_string(m.threads), duration(m.wall_seconds)});
  return table.empty() ? text : text + "\n" + table.to_markdown();
}

}  // namespace mpq::analysis
