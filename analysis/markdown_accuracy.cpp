#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/format.h"
#include "analysis/markdown.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

using Align = Table::Align;
using Status = CaseResult::Status;

const Measured* measured_of(const Report& report, const Row& row, const std::string& split) {
  for (const auto& m : report.measured)
    if (m.row == &row && m.split == split) return &m;
  return nullptr;
}

std::string share_of_request(const Row& row) {
  const auto requested = row.requested_bitops();
  if (!requested || *requested <= 0 || row.deployments().empty()) return "–";
  return fmt::format("{:.1f} %", 100 * row.achieved_bitops() / static_cast<double>(*requested));
}

std::string seed_points(const Metrics& metrics) {
  if (metrics.top1_by_seed.size() < 2) return "–";
  std::string text;
  if (metrics.top1_by_seed.size() <= 3) {
    for (const auto one : metrics.top1_by_seed) text += (text.empty() ? "" : ", ") + percent(one);
    return text;
  }
  const auto [low, high] = std::minmax_element(metrics.top1_by_seed.begin(), metrics.top1_by_seed.end());
  return percent(*low) + " to " + percent(*high);
}

// What stands in a row that has no number on this split.
std::string absence(const Row& row) {
  std::set<std::string> statuses;
  for (const auto* one : row.cases)
    statuses.insert(one->status == Status::done ? "not evaluated" : to_text(one->status));
  std::string text;
  for (const auto& status : statuses) text += (text.empty() ? "" : ", ") + status;
  return text;
}

std::string seeds_cell(const Row& row, const Measured& m) {
  if (row.is_float) return "–";
  const auto list = seed_list(m.seeds);
  return m.seeds.size() == row.cases.size() ? list : fmt::format("{} (of {})", list, row.cases.size());
}

void append_details(std::vector<std::string>& cells, const Row& row, const Measured* m) {
  const auto requested = row.requested_bitops();
  const auto entropy = m ? m->metrics.cross_entropy : Interval();
  cells.insert(cells.end(),
               {m ? seed_points(m->metrics) : "–", m ? percent(m->metrics.top5.value) : "–",
                m ? fmt::format("{:.3f} [{:.3f}, {:.3f}]", entropy.value, entropy.low, entropy.high) : "–",
                requested ? giga(static_cast<double>(*requested)) : "–",
                row.deployments().empty() ? "–" : kibibytes(row.achieved_size_bits())});
}

// The conventions that the rows' BitOPs are counted under; one, unless a study was put together by hand.
std::string conventions_of(const Report& report) {
  std::set<std::string> names;
  for (const auto& row : report.rows)
    for (const auto* d : row.deployments()) names.insert(d->convention);
  return names.size() == 1 ? "convention " + *names.begin() : "the conventions of the rows";
}

}  // namespace

std::string accuracy_table(const Report& report, const std::string& network, const std::string& dataset,
                           const std::string& split, bool narrow) {
  std::vector<Table::Column> columns = {
      {"budget", Align::left}, {"row", Align::left}, {"achieved G"}, {"of request"}, {"seeds"}, {"top-1 %"},
      {"to float, points"}};
  if (!narrow)
    columns.insert(columns.end(), {{"each seed"}, {"top-5 %"}, {"cross-entropy"}, {"requested G"}, {"KiB"}});
  Table table(columns);
  for (const auto& row : report.rows) {
    if (row.network != network || row.dataset != dataset) continue;
    const bool deployed = !row.deployments().empty();
    const auto* m = measured_of(report, row, split);
    std::vector<std::string> cells = {row.is_float ? "–" : row.budget,
                                      row.label,
                                      deployed ? giga(row.achieved_bitops()) : "–",
                                      share_of_request(row),
                                      m ? seeds_cell(row, *m) : "–",
                                      m ? percent_interval(m->metrics.top1) : absence(row),
                                      m && m->to_float ? points_interval(m->to_float->difference) : "–"};
    if (!narrow) append_details(cells, row, m);
    table.add(std::move(cells));
  }
  return table.to_markdown();
}

std::string accuracy_section(const Report& report, const Figures& figures) {
  std::string text = "\n## Accuracy\n";
  for (const auto& [network, dataset] : places_of(report))
    for (const auto& split : splits_of(report.rows)) {
      const auto measured = std::find_if(
          report.measured.begin(), report.measured.end(), [&, n = network, d = dataset](const Measured& m) {
            return m.row->network == n && m.row->dataset == d && m.split == split;
          });
      if (measured == report.measured.end()) continue;
      text += fmt::format("\n### {} on {}, split {} ({} images)\n\n", network, dataset, split,
                          grouped(measured->metrics.images));
      text += figure_links(figures, Figure::Kind::accuracy, network, dataset, split);
      text += accuracy_table(report, network, dataset, split);
    }
  if (report.measured.empty()) return text + "\nNothing has been evaluated yet.\n";
  return text + "\nG: 10⁹ BitOPs of one image, " + conventions_of(report) +
         ". KiB: weights as charged. *To float*: paired difference to\nthe float network that the row "
         "started from, on the same "
         "images. Intervals of one seed cover the choice of images alone\n(Wilson; Agresti–Min for "
         "differences); of several "
         "seeds, the seeds as well (Student's t).\n";
}

std::string comparison_section(const Report& report) {
  std::string text;
  for (const auto& split : splits_of(report.rows)) {
    Table table({{"network", Align::left},
                 {"data set", Align::left},
                 {"budget", Align::left},
                 {"row", Align::left},
                 {"reference", Align::left},
                 {"seeds"},
                 {"difference, points"},
                 {"only row right"},
                 {"only ref. right"},
                 {"McNemar p"},
                 {"row is", Align::left}});
    for (const auto& c : report.comparisons) {
      if (c.split != split) continue;
      std::vector<std::string> cells = {c.row->network, c.row->dataset, c.row->budget, c.row->label,
                                        c.reference->label};
      if (!c.problem.empty()) {
        cells.insert(cells.end(), {"–", "–", "–", "–", "–", c.problem});
      } else {
        const auto& p = c.paired;
        cells.insert(
            cells.end(),
            {seed_list(c.seeds), points_interval(p.difference), grouped(p.only_a), grouped(p.only_b),
             p.mcnemar_p ? (*p.mcnemar_p < 1e-4 ? "< 0.0001" : fmt::format("{:.4f}", *p.mcnemar_p)) : "–",
             to_text(verdict(p))});
      }
      table.add(std::move(cells));
    }
    if (!table.empty()) text += fmt::format("\nSplit {}:\n\n", split) + table.to_markdown();
  }
  if (text.empty()) return "";
  const auto& reference = report.options.reference;
  return "\n## Paired differences\n\nSame images, same seeds; against " +
         (reference.empty() ? std::string("the first evaluated row of each budget")
                            : "the row " + reference) +
         ".\n*Undecided*: the interval holds 0 or, for one seed, McNemar's exact p is above 0.05.\n" + text;
}

}  // namespace mpq::analysis
