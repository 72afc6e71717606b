#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan.h"

namespace mpq::harness {

enum class StageState { unwanted, to_do, running, done, failed, blocked };

/// Which stage may run next. Knows the graph and no processes.
class StageQueue {
 public:
  /// `wanted` are positions in plan.stages, ascending; `finished` says of a key whether it is in the store.
  StageQueue(const Plan& plan, const std::vector<std::size_t>& wanted,
             const std::function<bool(const std::string&)>& finished);

  /// The first stage whose parents are all done; it counts as running from now on.
  std::optional<std::size_t> take();
  void put_back(std::size_t stage) { states_[stage] = StageState::to_do; }
  void set_done(std::size_t stage) { states_[stage] = StageState::done; }
  /// Whatever builds on the stage is blocked.
  void set_failed(std::size_t stage);

  StageState state(std::size_t stage) const { return states_[stage]; }
  std::vector<std::size_t> in_state(StageState state) const;

 private:
  bool all_parents(std::size_t stage, StageState state) const;

  const Plan& plan_;
  std::vector<StageState> states_;
};

}  // namespace mpq::harness
