#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/network.h"
#include "quant/cost.h"

namespace mpq::training {

/// When the bit-width scheduler acts and how many sites it freezes (rfquant.md §8.2).
struct FreezeSchedule {
  bool faithful = false;  ///< literal constants of the published program; else fractions of the run (§12)
  double first_fraction = 0.5;  ///< share of sites frozen at the first event …
  double last_fraction = 0.2;   ///< … falling along a cosine to this
  /// The share of sites to freeze at the start of `epoch`; empty if nothing happens there.
  std::optional<double> fraction_at(std::int64_t epoch, std::int64_t epochs) const;
};

/// The ⌊n · fraction⌋ sites of largest instability, ties to the earlier site.
std::vector<bool> most_unstable(const std::vector<double>& instability, double fraction);

/// What one event does to the current lists: a frozen site loses its smallest weight width, every other site
/// gets its list back; nothing accumulates. `shared`: the activation list is the same list and changes with
/// it. `faithful` keeps the published minima of 2 (depthwise: 3) and gives depthwise sites the target list
/// without its last entry back, whatever they were built with (quirks 8 and 9).
struct FreezeRule {
  std::vector<int> target;  ///< descending candidates of the study
  bool shared = false;
  bool faithful = false;
};
void apply_freezing(const FreezeRule& rule, const std::vector<bool>& frozen,
                    const std::vector<bool>& depthwise, const std::vector<quant::SiteLists>& construction,
                    std::vector<quant::SiteLists>& current);

/// The same on the sites of a network.
void freeze(models::Network& network, const FreezeRule& rule, const std::vector<bool>& frozen);

/// Instability of every site over its current weight list (rfquant.md §8.1).
std::vector<double> site_instability(models::Network& network, double proportion);

}  // namespace mpq::training
