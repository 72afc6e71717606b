#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/format.h"
#include "analysis/markdown.h"

namespace mpq::analysis {
namespace {

// The split that decides: the test set once it was looked at, else the holdout.
std::string deciding_split(const Report& report) {
  const auto splits = splits_of(report.rows);
  return std::find(splits.begin(), splits.end(), "test") != splits.end() ? "test"
         : splits.empty()                                                ? ""
                                                                         : splits.front();
}

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
std::string against_float(const Report& report, const std::string& split, bool several_places) {
  std::string text;
  for (const auto& m : report.measured) {
    if (m.split != split || !m.to_float || m.row->is_float) continue;
    const auto place = place_and_budget(*m.row, several_places);
    const auto points = points_interval(m.to_float->difference);
    const auto found = verdict(*m.to_float);
    text += found == Verdict::undecided
                ? fmt::format("- Undecided, {}: {} against its float network, {} points.\n", place,
                              m.row->label, points)
                : fmt::format("- Supported, {}: {} is {} accurate than its float network, {} points.\n",
                              place, m.row->label, found == Verdict::better ? "more" : "less", points);
  }
  return text;
}

std::string cost_lines(const Report& report, bool several_places) {
  std::string text;
  for (const auto& one : report.break_evens) {
    const auto place =
        several_places ? fmt::format(" ({} on {})", one.one_shot->network, one.one_shot->dataset) : "";
    const auto passes = when_cheaper(one.by_image_passes, one.until_image_passes);
    const auto time = when_cheaper(one.by_wall_seconds, one.until_wall_seconds);
    text += fmt::format("- Measured cost{}: against {}, {} is cheaper {} in image passes and {} in time.\n",
                        place, one.retraining->label, one.one_shot->label, passes, time);
  }
  return text;
}

std::size_t fewest_seeds(const std::vector<const Comparison*>& comparisons) {
  std::size_t fewest = comparisons.empty() ? 0 : comparisons.front()->seeds.size();
  for (const auto* c : comparisons) fewest = std::min(fewest, c->seeds.size());
  return fewest;
}

std::string caveats(const std::vector<const Comparison*>& comparisons, const std::string& split) {
  std::string text;
  const auto seeds = fewest_seeds(comparisons);
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
  if (comparisons.size() > 1)
    text += fmt::format(
        "- {} comparisons at the 95 % level, not corrected for their number: by chance alone about {:.1f} "
        "would come out\n"
        "  as a difference.\n",
        comparisons.size(), 0.05 * static_cast<double>(comparisons.size()));
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
  std::vector<const Comparison*> comparisons;
  std::string decided, undecided;
  for (const auto& c : report.comparisons) {
    if (c.split != split || !c.problem.empty()) continue;
    comparisons.push_back(&c);
    if (verdict(c.paired) == Verdict::undecided)
      undecided += undecided_line(c, several_places);
    else
      decided += decided_line(c, several_places);
  }
  const auto costs = cost_lines(report, several_places);
  const auto to_float = comparisons.empty() ? against_float(report, split, several_places) : "";
  if (comparisons.empty() && costs.empty() && to_float.empty()) return "";
  std::string text = "\n## What this supports\n\n";
  if (comparisons.empty())
    text += fmt::format("Split {}; no budget has two rows, so no row is compared with another:\n\n", split) +
            to_float;
  else
    text += fmt::format("Split {}, paired on the same images:\n\n", split);
  return text + decided + undecided + costs + caveats(comparisons, split);
}

}  // namespace mpq::analysis
