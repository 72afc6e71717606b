#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/rows.h"

namespace mpq::analysis {

/// Forward + 2 · backward images: a backward pass costs about two forward passes. The unit in which
/// methods of different families are compared; independent of the machine.
double image_passes(const Cost& cost);

/// Costs of a stage, or the mean over several, by phase. Counters are means, hence fractions.
struct PhaseCosts {
  struct Mean {
    double forward_images = 0, backward_images = 0, optimizer_steps = 0, hessian_products = 0;
    double policy_evaluations = 0, wall_seconds = 0;
    double image_passes() const { return forward_images + 2 * backward_images; }
  };
  std::map<std::string, Mean> phases;
  int stages = 0;  ///< how many stages the means are over

  Mean total() const;
  std::vector<std::string> names() const;  ///< of the phases, in working order
};

/// What one method costs on one network and data set: once, and again for every budget.
struct MethodCost {
  std::string label, network, dataset;
  PhaseCosts prepare, deploy;
  std::int64_t peak_memory_bytes = 0;  ///< largest of its prepare and deploy stages

  /// Measured, not declared: trains before the budget is known, and takes no gradient step after.
  bool is_one_shot() const;
  /// Takes gradient steps for every budget.
  bool retrains() const;
  double image_passes(int budgets) const;
  double wall_seconds(int budgets) const;
};

/// From how many budgets on a one-shot row is cheaper than a retraining row.
struct BreakEven {
  const MethodCost* one_shot = nullptr;
  const MethodCost* retraining = nullptr;
  /// Smallest n >= 1 from which on prepare + n · deploy stays below the other's; nothing if never.
  std::optional<std::int64_t> by_image_passes, by_wall_seconds;
  /// Largest n up to which it is below at first, where it does not stay so; nothing otherwise.
  std::optional<std::int64_t> until_image_passes, until_wall_seconds;
};

/// Means over the finished stages of each label, in the order of the rows; float rows are left out.
/// Pretraining is shared by all rows and in none of them.
std::vector<MethodCost> method_costs(const std::vector<Row>& rows, const StudyData& data);

/// Smallest integer n >= 1 from which on a_once + n·a_each < b_once + n·b_each holds for good.
std::optional<std::int64_t> break_even(double a_once, double a_each, double b_once, double b_each);
/// Largest n up to which a_once + n · a_each is below b's, if a is cheaper at first and not for good.
std::optional<std::int64_t> cheaper_until(double a_once, double a_each, double b_once, double b_each);

/// Every one-shot row against every retraining row of the same network and data set.
std::vector<BreakEven> break_evens(const std::vector<MethodCost>& costs);

}  // namespace mpq::analysis
