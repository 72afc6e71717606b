#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "harness/study.h"

namespace mpq::harness {

/// What a network costs: the answer of `mpq-worker --inspect`.
class NetworkFacts {
 public:
  explicit NetworkFacts(Json answer) : answer_(std::move(answer)) {}

  /// BitOPs of one image at uniform widths. Throws Error(bug) if the worker did not list them.
  std::int64_t uniform_bitops(const std::string& convention, std::pair<int, int> bits) const;
  /// Smallest and largest BitOPs that a policy over the candidates can have.
  std::pair<std::int64_t, std::int64_t> reachable_bitops(const std::string& convention) const;
  const Json& json() const { return answer_; }

 private:
  Json answer_;
};

/// Asks the worker once for a network, `shape` {"classes","channels","height","width"} and the candidates;
/// the answer is kept in `cache_folder` until the worker changes. A checkpoint that does not fit is refused
/// here. Throws Error(input) with the worker's own words, Error(bug) if it answers nothing useful.
NetworkFacts inspect_network(const std::string& worker, const std::string& worker_sha256,
                             const std::string& cache_folder, const Choice& network, const Json& shape,
                             const std::vector<std::int64_t>& candidates);

/// The budget in BitOPs. Throws Error(input) with the reachable interval for a number that no policy meets
/// or every policy stays below. "wXaY" is what those widths cost at every site, also where one lacks them.
std::int64_t resolve_budget(const BudgetRequest& budget, const NetworkFacts& facts,
                            const std::string& convention, const std::string& network);

}  // namespace mpq::harness
