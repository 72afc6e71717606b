#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/format.h"
#include "analysis/markdown.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

using Align = Table::Align;

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
                        width_line(lines[i].deployment->weight_bits), std::string(widest, ' '),
                        width_line(lines[i].deployment->act_bits));
  return text;
}

// Layers whose arithmetic had other widths than the convention charges.
std::string executed_differently(const std::vector<PolicyLine>& lines) {
  std::set<std::string> sentences;
  for (const auto& [row, seeds, d] : lines)
    for (std::size_t i = 0; i < d->layers.size(); ++i) {
      const auto note = [&sentences, &layer = d->layers[i], i](const char* what, const auto& charged,
                                                               const auto& executed) {
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

std::string policy_section(const Report& report, const Figures& figures) {
  std::string text;
  for (const auto& [network, dataset] : places_of(report)) {
    const auto lines = policy_lines(report.rows, network, dataset);
    if (lines.empty()) continue;
    text += fmt::format("\n### {} on {}\n\n", network, dataset) +
            figure_links(figures, Figure::Kind::policy, network, dataset) + "```\n" + policy_text(lines) +
            "```\n" + executed_differently(lines) + convention_table(report, network, dataset);
  }
  if (text.empty()) return "";
  return "\n## Policies\n\nCharged bits of every quantized layer in the order of the network, weights (W) "
         "over activations (A).\n" +
         text;
}

}  // namespace mpq::analysis
