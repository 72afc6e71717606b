#include "analysis/costs.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace mpq::analysis {
namespace {

void add(PhaseCosts::Mean& mean, const Cost& cost, double share) {
  mean.forward_images += share * static_cast<double>(cost.forward_images);
  mean.backward_images += share * static_cast<double>(cost.backward_images);
  mean.optimizer_steps += share * static_cast<double>(cost.optimizer_steps);
  mean.hessian_products += share * static_cast<double>(cost.hessian_products);
  mean.policy_evaluations += share * static_cast<double>(cost.policy_evaluations);
  mean.wall_seconds += share * cost.wall_seconds;
}

PhaseCosts mean_over(const std::set<std::string>& keys, const StudyData& data) {
  PhaseCosts costs;
  costs.stages = static_cast<int>(keys.size());
  for (const auto& key : keys)
    for (const auto& [phase, cost] : data.stages.at(key).costs)
      add(costs.phases[phase], cost, 1.0 / costs.stages);
  return costs;
}

void collect_key(const std::string& key, const StudyData& data, std::set<std::string>& keys,
                 std::int64_t& peak) {
  const auto stage = data.stages.find(key);
  if (stage == data.stages.end() || stage->second.status != "done") return;
  keys.insert(key);
  peak = std::max(peak, stage->second.peak_memory_bytes);
}

MethodCost cost_of(const Row& first, const std::vector<Row>& rows, const StudyData& data) {
  MethodCost cost{first.label, first.network, first.dataset, {}, {}, 0};
  std::set<std::string> prepares, deploys;
  for (const auto& row : rows) {
    if (row.label != first.label || row.network != first.network || row.dataset != first.dataset) continue;
    for (const auto* one : row.cases) {
      collect_key(one->prepare_key, data, prepares, cost.peak_memory_bytes);
      collect_key(one->deploy_key, data, deploys, cost.peak_memory_bytes);
    }
  }
  cost.prepare = mean_over(prepares, data);
  cost.deploy = mean_over(deploys, data);
  return cost;
}

}  // namespace

double image_passes(const Cost& cost) {
  return static_cast<double>(cost.forward_images) + 2 * static_cast<double>(cost.backward_images);
}

std::vector<std::string> PhaseCosts::names() const {
  std::vector<std::string> all;
  for (const auto& [phase, mean] : phases) all.push_back(phase);
  return all;
}

PhaseCosts::Mean PhaseCosts::total() const {
  Mean sum;
  for (const auto& [phase, mean] : phases) {
    sum.forward_images += mean.forward_images;
    sum.backward_images += mean.backward_images;
    sum.optimizer_steps += mean.optimizer_steps;
    sum.hessian_products += mean.hessian_products;
    sum.policy_evaluations += mean.policy_evaluations;
    sum.wall_seconds += mean.wall_seconds;
  }
  return sum;
}

bool MethodCost::is_one_shot() const {
  return deploy.stages > 0 && prepare.total().optimizer_steps > 0 && deploy.total().optimizer_steps == 0;
}
bool MethodCost::retrains() const { return deploy.total().optimizer_steps > 0; }
double MethodCost::image_passes(int budgets) const {
  return prepare.total().image_passes() + budgets * deploy.total().image_passes();
}
double MethodCost::wall_seconds(int budgets) const {
  return prepare.total().wall_seconds + budgets * deploy.total().wall_seconds;
}

std::vector<MethodCost> method_costs(const std::vector<Row>& rows, const StudyData& data) {
  std::vector<MethodCost> costs;
  for (const auto& row : rows) {
    const auto same = [&](const MethodCost& cost) {
      return cost.label == row.label && cost.network == row.network && cost.dataset == row.dataset;
    };
    if (row.is_float || std::any_of(costs.begin(), costs.end(), same)) continue;
    auto cost = cost_of(row, rows, data);
    if (cost.deploy.stages > 0) costs.push_back(std::move(cost));
  }
  return costs;
}

std::optional<std::int64_t> break_even(double a_once, double a_each, double b_once, double b_each) {
  if (a_each >= b_each)
    return a_each == b_each && a_once < b_once ? std::optional<std::int64_t>(1) : std::nullopt;
  const auto crossing = std::floor((a_once - b_once) / (b_each - a_each));
  auto n =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(crossing));  // rounding may be off by one: step on
  while (a_once + static_cast<double>(n) * a_each >= b_once + static_cast<double>(n) * b_each) ++n;
  return n;
}

std::optional<std::int64_t> cheaper_until(double a_once, double a_each, double b_once, double b_each) {
  // From the n at which b becomes cheaper for good; where they are equal, neither is.
  auto n = break_even(b_once, b_each, a_once, a_each);
  if (a_each <= b_each || !n) return std::nullopt;
  const auto below = [&](std::int64_t k) {
    return a_once + static_cast<double>(k) * a_each < b_once + static_cast<double>(k) * b_each;
  };
  while (*n > 0 && !below(*n)) --*n;
  return *n > 0 ? n : std::nullopt;
}

std::vector<BreakEven> break_evens(const std::vector<MethodCost>& costs) {
  std::vector<BreakEven> all;
  for (const auto& a : costs)
    for (const auto& b : costs) {
      if (!a.is_one_shot() || !b.retrains() || a.network != b.network || a.dataset != b.dataset) continue;
      const auto a_once = a.prepare.total(), a_each = a.deploy.total(), b_once = b.prepare.total(),
                 b_each = b.deploy.total();
      all.push_back(
          {&a, &b,
           break_even(a_once.image_passes(), a_each.image_passes(), b_once.image_passes(),
                      b_each.image_passes()),
           break_even(a_once.wall_seconds, a_each.wall_seconds, b_once.wall_seconds, b_each.wall_seconds),
           cheaper_until(a_once.image_passes(), a_each.image_passes(), b_once.image_passes(),
                         b_each.image_passes()),
           cheaper_until(a_once.wall_seconds, a_each.wall_seconds, b_once.wall_seconds,
                         b_each.wall_seconds)});
    }
  return all;
}

}  // namespace mpq::analysis
