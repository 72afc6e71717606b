#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/format.h"
#include "analysis/markdown.h"

namespace mpq::analysis {
namespace {

// The split that decides: the test set once every row was evaluated there, else the holdout.
std::string deciding_split(const Report& report) {
  std::set<const Row*> all, on_test;
  for (const auto& m : report.measured) {
    all.insert(m.row);
    if (m.split == "test") on_test.insert(m.row);
  }
  const auto splits = splits_of(report.rows);
  return !on_test.empty() && on_test == all ? "test" : splits.empty() ? "" : splits.front();
}

// How many verdicts a section gives, and on how many seeds the least founded of them stands.
struct Verdicts {
  std::string decided, undecided;
  std::size_t count = 0, fewest_seeds = 0;

  void add(Verdict verdict, const std::string& line, std::size_t seeds) {
    (verdict == Verdict::undecided ? undecided : decided) += line;
    fewest_seeds = count == 0 ? seeds : std::min(fewest_seeds, seeds);
    ++count;
  }
};

std::string place_and_budget(const Row& row, bool several_places) {
  return several_places ? fmt::format("{} on {} at {}", row.network, row.dataset, row.budget)
                        : "at " + row.budget;
}

// Where rows differ in cost, a difference in accuracy is not one at equal cost.
std::string unequal_cost(const Comparison& c) {
  const double share = c.row->achieved_bitops() / c.reference->achieved_bitops();
  constexpr double kEqual = 0.03;
  if (!(share > 0) || std::abs(share - 1) <= kEqual) return "";
  return fmt::format(" (it costs {:.0f} % of the other's BitOPs)", 100 * share);
}

std::string decided_line(const Comparison& c, bool several_places) {
  const auto& d = c.paired.difference;
  return fmt::format("- Supported, {}: {} is {} accurate than {}, {}.\n",
                     place_and_budget(*c.row, several_places), c.row->label,
                     verdict(c.paired) == Verdict::better ? "more" : "less", c.reference->label,
                     points_interval(d) + " points" + unequal_cost(c));
}

std::string undecided_line(const Comparison& c, bool several_places) {
  return fmt::format("- Undecided, {}: {} against {}, {} points.\n", place_and_budget(*c.row, several_places),
                     c.row->label, c.reference->label, points_interval(c.paired.difference));
}

// A study of one method compares its rows with the float network alone.
Verdicts against_float(const Report& report, const std::string& split, bool several_places) {
  Verdicts verdicts;
  for (const auto& m : report.measured) {
    if (m.split != split || !m.to_float || m.row->is_float) continue;
    const auto place = place_and_budget(*m.row, several_places);
    const auto points = points_interval(m.to_float->difference);
    const auto found = verdict(*m.to_float);
    verdicts.add(found,
                 found == Verdict::undecided
                     ? fmt::format("- Undecided, {}: {} against its float network, {} points.\n", place,
                                   m.row->label, points)
                     : fmt::format("- Supported, {}: {} is {} accurate than its float network, {} points.\n",
                                   place, m.row->label, found == Verdict::better ? "more" : "less", points),
                 m.seeds.size());
  }
  return verdicts;
}

Verdicts among_rows(const Report& report, const std::string& split, bool several_places) {
  Verdicts verdicts;
  for (const auto& c : report.comparisons) {
    if (c.split != split || !c.problem.empty()) continue;
    const auto found = verdict(c.paired);
    verdicts.add(
        found,
        found == Verdict::undecided ? undecided_line(c, several_places) : decided_line(c, several_places),
        c.seeds.size());
  }
  return verdicts;
}

std::string cost_lines(const Report& report, bool several_places) {
  std::string text;
  for (const auto& one : report.break_evens) {
    const auto place =
        several_places ? fmt::format(" ({} on {})", one.one_shot->network, one.one_shot->dataset) : "";
    const auto passes = when_cheaper(one.by_image_passes, one.until_image_passes);
    const auto time = when_cheaper(one.by_wall_seconds, one.until_wall_seconds);
    text += fmt::format("- Measured cost of {} below that of {}{}: in image passes {}, in time {}.\n",
                        one.one_shot->label, one.retraining->label, place, passes, time);
  }
  return text;
}

std::string caveats(const Verdicts& verdicts, const std::string& split) {
  std::string text;
  const auto seeds = verdicts.fewest_seeds;
  if (seeds == 1)
    text +=
        "- One seed: a difference holds for these trained networks on images of this kind. Whether another "
        "training run would\n"
        "  show it is not known; that takes several seeds.\n";
  else if (seeds > 1 && seeds <= 3)
    text += fmt::format(
        "- Only {} seeds: intervals are wide because the spread between runs is hardly known; every point is "
        "listed.\n",
        seeds);
  if (verdicts.count > 1)
    text += fmt::format(
        "- {} comparisons at the 95 % level, not corrected for their number: by chance alone about {:.1f} "
        "would come out\n"
        "  as a difference.\n",
        verdicts.count, 0.05 * static_cast<double>(verdicts.count));
  if (split == "holdout")
    text +=
        "- Measured on holdout images, which no method trains or searches on; the official test set decides "
        "nothing here.\n";
  return text;
}

}  // namespace

std::string findings_section(const Report& report) {
  const auto split = deciding_split(report);
  const bool several_places = places_of(report).size() > 1;
  const auto compared = among_rows(report, split, several_places);
  const auto verdicts = compared.count > 0 ? compared : against_float(report, split, several_places);
  const auto costs = cost_lines(report, several_places);
  if (verdicts.count == 0 && costs.empty()) return "";
  const bool tried = std::any_of(report.comparisons.begin(), report.comparisons.end(),
                                 [&](const Comparison& c) { return c.split == split; });
  const auto* how = compared.count > 0 ? "paired on the same images"
                    : tried            ? "no row could be compared with another, for the reasons given below"
                            : "no two rows of one budget were evaluated on it, so no row is compared "
                              "with another";
  return fmt::format("\n## What this supports\n\nSplit {}{} {}:\n\n", split, compared.count > 0 ? "," : ";",
                     how) +
         verdicts.decided + verdicts.undecided + costs + caveats(verdicts, split);
}

}  // namespace mpq::analysis
