#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mpq::search {

/// One way to serve a site: an objective and what it uses of each limited resource.
struct Choice {
  double objective = 0;
  std::vector<std::int64_t> use;
};

/// A multiple-choice knapsack: exactly one choice per site, every resource at most its limit, least objective
/// (HAWQ-V3, ICML 2021). Sites that must agree are merged before (summed objectives and uses).
struct IntegerProgram {
  std::vector<std::vector<Choice>> sites;
  std::vector<std::int64_t> limits;
};

struct IntegerSolution {
  bool feasible = false;
  double objective = 0;
  std::vector<std::size_t> chosen;  ///< index into sites[i]
};

/// Solved to a gap of 0 by COIN-OR CBC; feasibility is checked again in exact integers. Throws Error(input)
/// if an objective is not finite, naming the site.
IntegerSolution solve(const IntegerProgram& program);

}  // namespace mpq::search
