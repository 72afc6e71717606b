#include "search/random_policy.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace mpq::search {

using quant::Policy;

namespace {

std::vector<double> probabilities(const std::vector<int>& list, double tau) {
  std::vector<double> p;
  double sum = 0;
  for (const int bits : list) sum += p.emplace_back(std::exp(-tau * (bits - list.back())));
  for (auto& value : p) value /= sum;
  return p;
}

double mean_bits(const std::vector<int>& list, double tau) {
  const auto p = probabilities(list, tau);
  double mean = 0;
  for (std::size_t i = 0; i < list.size(); ++i) mean += p[i] * list[i];
  return mean;
}

int draw_bits(const std::vector<int>& list, double tau, RandomStream& stream) {
  const auto p = probabilities(list, tau);
  double u = stream.uniform();
  for (std::size_t i = 0; i + 1 < list.size(); ++i)
    if ((u -= p[i]) < 0) return list[i];
  return list.back();
}

int& gene(Policy& policy, std::size_t g) { return g % 2 ? policy[g / 2].act : policy[g / 2].weight; }

const std::vector<int>& list_of(const std::vector<quant::SiteLists>& lists, std::size_t g) {
  return g % 2 ? lists[g / 2].act : lists[g / 2].weight;
}

}  // namespace

RandomPolicySampler::RandomPolicySampler(std::vector<quant::LayerFacts> layers,
                                         std::vector<quant::SiteLists> lists, quant::Budget budget)
    : layers_(std::move(layers)), lists_(std::move(lists)), budget_(std::move(budget)) {
  const auto least = cost(quant::smallest_policy(lists_));
  if (least > budget_.bitops)
    throw_input({"no policy fits the budget of " + std::to_string(budget_.bitops) + " BitOPs",
                 "budget " + budget_.label + ", all sites at their smallest candidates",
                 "a budget of at least " + std::to_string(least) + " BitOPs",
                 "raise the budget, or add a smaller width"});
  double low = -8, high = 8;  // exp(±8·4 bits) is all on one end
  for (int i = 0; i < 60; ++i) {
    tau_ = (low + high) / 2;
    (expected_cost(tau_) > static_cast<double>(budget_.bitops) ? low : high) = tau_;
  }
}

std::int64_t RandomPolicySampler::cost(const Policy& policy) const {
  return quant::bitops(layers_, policy, budget_.convention);
}

double RandomPolicySampler::expected_cost(double tau) const {
  double total = 0;
  std::size_t site = 0;
  const auto smallest = quant::smallest_policy(lists_);
  // Weight and activation widths are independent, so the expectation of their product is the product of
  // means.
  total = static_cast<double>(cost(smallest));
  for (const auto& layer : layers_) {
    if (!layer.is_site()) continue;
    const auto unit = static_cast<double>(quant::layer_bitops(layer, {1, 1}, budget_.convention));
    total += unit * (mean_bits(lists_[site].weight, tau) * mean_bits(lists_[site].act, tau) -
                     smallest[site].weight * smallest[site].act);
    ++site;
  }
  return total;
}

void RandomPolicySampler::lower_until_feasible(Policy& policy, RandomStream& stream) const {
  for (auto now = cost(policy); now > budget_.bitops; now = cost(policy)) {
    std::vector<double> saved(2 * policy.size(), 0);
    std::vector<int> next(saved.size(), 0);
    double sum = 0;
    for (std::size_t g = 0; g < saved.size(); ++g) {
      const auto& list = list_of(lists_, g);
      const auto at = std::find(list.begin(), list.end(), gene(policy, g));
      if (at + 1 == list.end()) continue;
      auto lower = policy;
      gene(lower, g) = next[g] = *(at + 1);
      sum += saved[g] = static_cast<double>(now - cost(lower));
    }
    double u = stream.uniform() * sum;
    std::size_t pick = 0;
    for (std::size_t g = 0; g < saved.size(); ++g) {
      if (saved[g] == 0) continue;
      pick = g;
      if ((u -= saved[g]) < 0) break;
    }
    gene(policy, pick) = next[pick];
  }
}

void RandomPolicySampler::raise_while_feasible(Policy& policy, RandomStream& stream) const {
  for (;;) {
    std::vector<Policy> fitting;
    for (std::size_t g = 0; g < 2 * policy.size(); ++g) {
      const auto& list = list_of(lists_, g);
      const auto at = std::find(list.begin(), list.end(), gene(policy, g));
      if (at == list.begin()) continue;
      auto higher = policy;
      gene(higher, g) = *(at - 1);
      if (cost(higher) <= budget_.bitops) fitting.push_back(std::move(higher));
    }
    if (fitting.empty()) return;
    policy = fitting[stream.below(static_cast<std::uint32_t>(fitting.size()))];
  }
}

Policy RandomPolicySampler::draw(RandomStream stream) const {
  Policy policy;
  for (const auto& lists : lists_) {
    const int weight = draw_bits(lists.weight, tau_, stream);
    policy.push_back({weight, draw_bits(lists.act, tau_, stream)});
  }
  lower_until_feasible(policy, stream);
  raise_while_feasible(policy, stream);
  return policy;
}

}  // namespace mpq::search
