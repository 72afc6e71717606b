#include "harness/stage_queue.h"

#include <algorithm>

namespace mpq::harness {

StageQueue::StageQueue(const Plan& plan, const std::vector<std::size_t>& wanted,
                       const std::function<bool(const std::string&)>& finished)
    : plan_(plan), states_(plan.stages.size(), StageState::unwanted) {
  for (const auto stage : wanted)
    states_[stage] = finished(plan.stages[stage].key) ? StageState::done : StageState::to_do;
}

bool StageQueue::all_parents(std::size_t stage, StageState state) const {
  const auto& parents = plan_.stages[stage].parents;
  return std::all_of(parents.begin(), parents.end(), [&](auto parent) { return states_[parent] == state; });
}

std::optional<std::size_t> StageQueue::take() {
  for (std::size_t stage = 0; stage < states_.size(); ++stage) {
    if (states_[stage] != StageState::to_do || !all_parents(stage, StageState::done)) continue;
    states_[stage] = StageState::running;
    return stage;
  }
  return std::nullopt;
}

void StageQueue::set_failed(std::size_t failed) {
  states_[failed] = StageState::failed;
  // Parents come first, so one pass reaches children of children.
  for (std::size_t stage = failed + 1; stage < states_.size(); ++stage) {
    const auto& parents = plan_.stages[stage].parents;
    const bool hopeless = std::any_of(parents.begin(), parents.end(), [&](auto parent) {
      return states_[parent] == StageState::failed || states_[parent] == StageState::blocked;
    });
    if (hopeless && states_[stage] == StageState::to_do) states_[stage] = StageState::blocked;
  }
}

std::vector<std::size_t> StageQueue::in_state(StageState state) const {
  std::vector<std::size_t> found;
  for (std::size_t stage = 0; stage < states_.size(); ++stage)
    if (states_[stage] == state) found.push_back(stage);
  return found;
}

}  // namespace mpq::harness
