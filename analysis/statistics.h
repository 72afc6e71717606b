#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/predictions.h"

namespace mpq::analysis {

/// A value with its 95 % interval.
struct Interval {
  double value = 0, low = 0, high = 0;
  bool contains(double x) const { return low <= x && x <= high; }
};

/// Wilson's score interval for `hits` of `n` independent images (fractions). n >= 1.
/// Source: Wilson, "Probable inference", JASA 22 (1927).
Interval wilson(std::int64_t hits, std::int64_t n);

/// Mean over seeds and images of values[seed][image], every seed on the same images.
///
/// One seed: normal interval over images; it says nothing about another training run. Several seeds:
///   half² = (t(S−1) · s / √S)² + (1.96 · σ / √N)²
/// with s the standard deviation of the seeds' means and σ that of the images' means over seeds. Both
/// ways in which a repetition would differ, other seeds and other images, are in it; what both share is
/// counted twice, so it errs to the wide side (a crossed design; compare Owen, "The pigeonhole
/// bootstrap", 2007). Throws Error(bug) for ragged or empty values.
Interval mean_over_seeds(const std::vector<std::vector<double>>& values);

/// Top-1, top-5 (fractions) and cross-entropy (nats) of one network or several seeds of it.
struct Metrics {
  Interval top1, top5, cross_entropy;
  std::vector<double> top1_by_seed;
  std::int64_t images = 0;
};
Metrics measure(const std::vector<const Predictions*>& by_seed);

/// Accuracy of a minus accuracy of b on the same images.
struct PairedDifference {
  Interval difference;                  ///< fractions
  std::int64_t only_a = 0, only_b = 0;  ///< images that only a, only b got right; summed over seeds
  std::int64_t images = 0;              ///< per seed
  std::vector<double> by_seed;
  std::optional<double> mcnemar_p;  ///< one seed: exact two-sided p-value of McNemar's test
};

/// a[s] and b[s] belong to one seed and saw the same images (Error(input) otherwise; `where` names them).
///
/// One seed: Wald interval after adding 1/2 to each cell of the 2×2 table, which keeps its level for
/// few discordant images (Agresti & Min, Statistics in Medicine 24, 2005). Several: mean_over_seeds of
/// the images' differences.
PairedDifference paired_difference(const std::vector<const Predictions*>& a,
                                   const std::vector<const Predictions*>& b, const std::string& where);

/// What a paired difference allows to say. Undecided if the interval holds 0 or, for one seed, McNemar's
/// exact p is above 0.05 (near the border the two tests may disagree).
enum class Verdict { better, worse, undecided };
Verdict verdict(const PairedDifference& paired);
const char* to_text(Verdict verdict);

}  // namespace mpq::analysis
