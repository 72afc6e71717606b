#include "analysis/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/format.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

using Align = Table::Align;
using Status = CaseResult::Status;

std::string count_of(std::size_t n, const std::string& thing, const std::string& plural = "") {
  return fmt::format("{} {}", n, n == 1 ? thing : plural.empty() ? thing + "s" : plural);
}

std::string header(const Report& report) {
  std::map<Status, std::size_t> by_status;
  std::set<std::string> labels, budgets, places;
  for (const auto& one : report.data.cases) {
    ++by_status[one.status];
    labels.insert(one.label);
    if (one.has_budget()) budgets.insert(one.budget);
    places.insert(one.network + " on " + one.dataset);
  }
  std::string text = fmt::format("# Study {}\n\n{}, {}: ", report.data.name,
                                 count_of(labels.size(), "method"), count_of(budgets.size(), "budget"));
  std::string all_places;
  for (const auto& place : places) all_places += (all_places.empty() ? "" : ", ") + place;
  text += all_places + ". " + count_of(report.data.cases.size(), "case") + ":";
  std::string counts;
  for (const auto& [status, n] : by_status)
    counts += fmt::format("{} {} {}", counts.empty() ? "" : ",", n, to_text(status));
  return text + counts +
         ".\nEvery accuracy is computed from stored raw predictions, every cost from stored counters; square "
         "brackets\n"
         "hold 95 % intervals. `results.csv` has the same numbers unrounded, one line per case and split.\n";
}

std::string problems(const Report& report) {
  std::string text;
  for (const auto& problem : report.problems) text += "- **Note:** " + problem + "\n";
  return text.empty() ? "" : "\n" + text;
}

std::string not_done_section(const Report& report) {
  Table table({{"case", Align::left}, {"status", Align::left}, {"reason", Align::left}});
  for (const auto& one : report.data.cases)
    if (one.status != Status::done) table.add({one.id, to_text(one.status), one.reason});
  return table.empty() ? "" : "\n## Cases without a result\n\n" + table.to_markdown();
}

}  // namespace

std::string figure_links(const Figures& figures, Figure::Kind kind, const std::string& network,
                         const std::string& dataset, const std::string& split) {
  std::string text;
  for (const auto& figure : figures.figures)
    if (figure.kind == kind && figure.network == network && figure.dataset == dataset &&
        figure.split == split)
      text += fmt::format("![{} on {}](figures/{})\n\n", network, dataset, figure.file);
  return text;
}

std::string claims_section(const Report& report) {
  if (report.claims_file.empty()) return "";
  Table table({{"line"},
               {"network", Align::left},
               {"data set", Align::left},
               {"method", Align::left},
               {"budget", Align::left},
               {"metric", Align::left},
               {"printed"},
               {"ours"},
               {"split", Align::left},
               {"printed is", Align::left},
               {"source", Align::left}});
  std::map<Claim::Verdict, std::size_t> counts;
  for (const auto& c : report.claims) {
    ++counts[c.verdict];
    const auto verdict_text = std::string(to_text(c.verdict)) + (c.reason.empty() ? "" : ": " + c.reason);
    table.add({std::to_string(c.line), c.network, c.dataset, c.method, c.budget, c.metric, c.printed,
               c.ours.empty() ? "–" : c.ours, c.split.empty() ? "–" : c.split, verdict_text, c.source});
  }
  std::string summary;
  for (const auto& [kind, n] : counts)
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", n, to_text(kind));
  return fmt::format(
             "\n## Against printed numbers\n\n`{}`: {}.\nA printed number stands for everything that rounds "
             "to it; it is inside if any of that lies in our interval. Where a\n"
             "row was evaluated on the test split, that is what it is held against.\n\n",
             report.claims_file, summary) +
         table.to_markdown();
}

std::string provenance_section(const Report& report) {
  std::string text = "\n## Where the numbers come from\n\n";
  for (const auto& looks : report.test_looks)
    text += fmt::format("- Looks at the test set of {}: {} in this study{}.\n", looks.dataset, looks.in_study,
                        looks.in_store < 0 ? "" : fmt::format(", {} in the whole store", looks.in_store));
  Table table({{"stages"},
               {"revision", Align::left},
               {"uncommitted changes", Align::left},
               {"mpq", Align::left},
               {"build", Align::left},
               {"LibTorch", Align::left},
               {"device", Align::left},
               {"CPU", Align::left},
               {"instruction set", Align::left},
               {"threads"},
               {"total time"}});
  for (const auto& m : report.machines)
    table.add({std::to_string(m.stages), m.revision, m.dirty ? "yes" : "no", m.version, m.build, m.libtorch,
               m.device, m.cpu, m.instruction_set, std::to_string(m.threads), duration(m.wall_seconds)});
  return table.empty() ? text : text + "\n" + table.to_markdown();
}

std::string results_text(const Report& report) {
  std::string text;
  for (const auto& [network, dataset] : places_of(report))
    for (const auto& split : splits_of(report.rows))
      if (std::any_of(report.measured.begin(), report.measured.end(),
                      [&, n = network, d = dataset](const Measured& m) {
                        return m.row->network == n && m.row->dataset == d && m.split == split;
                      }))
        text += fmt::format("{}{} on {}, split {}\n\n", text.empty() ? "" : "\n", network, dataset, split) +
                accuracy_table(report, network, dataset, split, true);
  return text.empty() ? "Nothing has been evaluated yet.\n" : text;
}

std::string to_markdown(const Report& report, const Figures& figures) {
  auto text = header(report) + problems(report) + findings_section(report) +
              accuracy_section(report, figures) + comparison_section(report) + claims_section(report) +
              policy_section(report, figures) + cost_section(report, figures) + not_done_section(report) +
              settings_section(report) + provenance_section(report);
  if (!figures.note.empty()) text += "\n" + figures.note + "\n";
  return text;
}

}  // namespace mpq::analysis
