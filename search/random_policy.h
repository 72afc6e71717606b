#pragma once

#include "core/random.h"
#include "quant/cost.h"

namespace mpq::search {

/// A random policy under a limit on BitOPs (docs/methods/random_feasible.md): widths are drawn with
/// probability ∝ exp(−τ·bits), τ bisected so that the expected cost is the limit, then repaired: too dear, a
/// gene goes down one candidate, chosen in proportion to the BitOPs saved; too cheap, random genes go up while
/// they fit.
/// Throws Error(input) if even the smallest policy is over the limit.
class RandomPolicySampler {
 public:
  RandomPolicySampler(std::vector<quant::LayerFacts> layers, std::vector<quant::SiteLists> lists,
                      quant::Budget budget);
  quant::Policy draw(RandomStream stream) const;

 private:
  std::int64_t cost(const quant::Policy& policy) const;
  double expected_cost(double tau) const;
  void lower_until_feasible(quant::Policy& policy, RandomStream& stream) const;
  void raise_while_feasible(quant::Policy& policy, RandomStream& stream) const;

  std::vector<quant::LayerFacts> layers_;
  std::vector<quant::SiteLists> lists_;
  quant::Budget budget_;
  double tau_ = 0;
};

}  // namespace mpq::search
