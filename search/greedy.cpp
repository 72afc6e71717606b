#include "search/greedy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.h"
#include "core/stop.h"

namespace mpq::search {

using quant::Bits;
using quant::Policy;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

int& width(Bits& bits, bool act) { return act ? bits.act : bits.weight; }

// The neighbouring candidate, or nothing where the list ends.
std::optional<int> neighbour(const std::vector<int>& candidates, int bits, bool up) {
  const auto at = std::find(candidates.begin(), candidates.end(), bits);
  require(at != candidates.end(), "greedy search met a width outside the candidates");
  if (up) return at == candidates.begin() ? std::nullopt : std::optional(*(at - 1));
  return at + 1 == candidates.end() ? std::nullopt : std::optional(*(at + 1));
}

class Walk {
 public:
  Walk(const GreedyProblem& problem, const GreedyOptions& options, const Policy& entry,
       const ScoreNeighbours& score)
      : problem_(problem), options_(options), score_(score), policy_(entry), cost_(problem.bitops(entry)) {}

  GreedyResult run();

 private:
  void begin();
  bool limit_met() const { return options_.faithful ? cost_ < problem_.limit : cost_ <= problem_.limit; }
  void choose_phase();
  std::vector<std::optional<Neighbour>> moves(bool only_down) const;
  std::optional<Neighbour> move(std::size_t site, bool up) const;
  GreedyIteration iterate(std::int64_t number, bool only_down);
  bool can_go_down() const;
  void enter_phase(bool act);
  void judge_progress();
  static bool any(const std::vector<std::optional<Neighbour>>& moves) {
    return std::any_of(moves.begin(), moves.end(), [](const auto& m) { return m.has_value(); });
  }

  const GreedyProblem& problem_;
  const GreedyOptions& options_;
  const ScoreNeighbours& score_;
  Policy policy_;
  std::int64_t cost_;
  double weight_phase_target_ = 0;
  bool act_phase_ = false;
  std::int64_t cheapest_ = 0;        // of this phase
  std::size_t fruitless_ = 0;        // moves since it was found
  bool descend_ = false;             // this phase has lost its way: only down
  std::optional<std::size_t> undo_;  // the table entry that would take the last move back
};

void Walk::begin() {
  Policy target(policy_.size(), {options_.weight_target, options_.start_bits});
  Policy start(policy_.size(), {options_.start_bits, options_.start_bits});
  if (options_.faithful) {  // quirk 18: the published program keeps the old cost
    weight_phase_target_ = options_.slack * static_cast<double>(problem_.bitops(target));
    policy_ = start;
    return;
  }
  // A site without the width takes the nearest below, else its least.
  const auto fit = [](const std::vector<int>& list, int bits) {
    const auto at = std::find_if(list.begin(), list.end(), [&](int b) { return b <= bits; });
    return at == list.end() ? list.back() : *at;
  };
  auto cheapest = start;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const auto& [weight, act] = problem_.lists[i];
    start[i] = {fit(weight, options_.start_bits), fit(act, options_.start_bits)};
    target[i] = {fit(weight, options_.weight_target), start[i].act};
    cheapest[i] = {weight.back(), start[i].act};
  }
  // Where β is the least width, the published target lies below everything that weights can reach: the slack
  // is then left above the cheapest weights.
  weight_phase_target_ = std::max(options_.slack * static_cast<double>(problem_.bitops(target)),
                                  (2 - options_.slack) * static_cast<double>(problem_.bitops(cheapest)));
  policy_ = start;
  cost_ = cheapest_ = problem_.bitops(policy_);
}

void Walk::choose_phase() {
  if (!act_phase_ && static_cast<double>(cost_) <= weight_phase_target_) enter_phase(/*act=*/true);
}

void Walk::enter_phase(bool act) {
  act_phase_ = act;
  undo_.reset();
  cheapest_ = cost_, fruitless_ = 0, descend_ = false;
}

// Scores on few images are noisy: steps up and down can take turns for hundreds of moves. A phase that came
// to no cheaper policy for as many moves as it has to choose from goes only down from there.
void Walk::judge_progress() {
  if (cost_ < cheapest_) {
    cheapest_ = cost_, fruitless_ = 0;
  } else if (++fruitless_ >= 2 * policy_.size()) {
    descend_ = !options_.faithful;
  }
}

std::optional<Neighbour> Walk::move(std::size_t site, bool up) const {
  const auto& list = act_phase_ ? problem_.lists[site].act : problem_.lists[site].weight;
  auto moved = policy_;
  int& bits = width(moved[site], act_phase_);
  if (!up && (bits <= options_.smallest || bits <= list.back())) return std::nullopt;
  if (up && bits >= (options_.faithful ? problem_.candidates.front() : list.front())) return std::nullopt;
  const auto next = neighbour(options_.faithful ? problem_.candidates : list, bits, up);
  if (!next) return std::nullopt;
  bits = *next;
  return Neighbour{site, std::move(moved)};
}

std::vector<std::optional<Neighbour>> Walk::moves(bool only_down) const {
  std::vector<std::optional<Neighbour>> all(2 * policy_.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool up = i % 2 == 1;
    if (!options_.faithful && (undo_ == i || (only_down && up))) continue;
    all[i] = move(i / 2, up);
  }
  return all;
}

bool Walk::can_go_down() const {
  for (std::size_t i = 0; i < policy_.size(); ++i)
    if (move(i, /*up=*/false)) return true;
  return false;
}

GreedyIteration Walk::iterate(std::int64_t number, bool only_down) {
  if (!options_.faithful && !can_go_down()) {  // this tensor is at its end: the other gives way
    only_down = act_phase_;  // activations have had their phase, weights only have to follow
    enter_phase(!act_phase_);
    require(can_go_down(), "greedy search is at the smallest policy and still over the limit");
  }
  auto candidates = moves(only_down);
  if (!options_.faithful && !any(candidates)) {  // nothing but the way back is left
    undo_.reset();
    candidates = moves(only_down);
  }
  GreedyIteration it;
  it.before = policy_;
  it.activation_phase = act_phase_;
  it.error.assign(candidates.size(), kInfinity);
  it.cross_entropy.assign(candidates.size(), std::numeric_limits<double>::quiet_NaN());
  it.complexity.assign(candidates.size(), -kInfinity);
  std::vector<Neighbour> allowed;
  for (const auto& candidate : candidates)
    if (candidate) allowed.push_back(*candidate);
  const auto scores = score_(number, policy_, allowed);
  for (std::size_t i = 0, k = 0; i < candidates.size(); ++i) {
    if (!candidates[i]) continue;
    it.error[i] = scores[k].error;
    it.cross_entropy[i] = scores[k].cross_entropy;
    it.complexity[i] = static_cast<double>(problem_.bitops(candidates[i]->policy));
    ++k;
  }
  it.score = move_scores(it.error, it.complexity, options_.accuracy_scale, options_.faithful);
  it.chosen = first_minimum(it.score, options_.faithful);
  // Quirk 19: a chosen move at the smallest width is not applied by the published program.
  const bool blocked = options_.faithful && width(policy_[it.chosen / 2], act_phase_) <= options_.smallest;
  if (candidates[it.chosen] && !blocked) {
    policy_ = candidates[it.chosen]->policy;
    undo_ = it.chosen ^ 1;
    it.moved = true;
  }
  cost_ = problem_.bitops(policy_);
  judge_progress();
  it.after = policy_;
  return it;
}

GreedyResult Walk::run() {
  GreedyResult result;
  begin();
  for (std::int64_t number = 0;; ++number) {
    throw_if_stopped();
    choose_phase();
    if (limit_met()) {
      result.met = true;
      result.policy = policy_;
      return result;
    }
    if (options_.faithful && number >= options_.max_iterations) return result;
    result.iterations.push_back(iterate(number, descend_ || number >= options_.max_iterations));
  }
}

}  // namespace

std::vector<double> move_scores(const std::vector<double>& error, const std::vector<double>& complexity,
                                double accuracy_scale, bool faithful) {
  double largest_error = 0, largest_cost = 0;
  for (std::size_t i = 0; i < error.size(); ++i) {
    if (std::isinf(error[i])) continue;
    largest_error = std::max(largest_error, error[i]);
    largest_cost = std::max(largest_cost, complexity[i]);
  }
  std::vector<double> scores(error.size(), kInfinity);
  for (std::size_t i = 0; i < error.size(); ++i) {
    if (std::isinf(error[i])) continue;
    const double relative = largest_error == 0 && !faithful ? 0 : error[i] / largest_error;
    scores[i] = accuracy_scale * relative - (1 - complexity[i] / largest_cost);
  }
  return scores;
}

std::size_t first_minimum(const std::vector<double>& scores, bool faithful) {
  if (faithful && std::any_of(scores.begin(), scores.end(), [](double s) { return std::isnan(s); })) return 0;
  return static_cast<std::size_t>(std::min_element(scores.begin(), scores.end()) - scores.begin());
}

GreedyResult greedy_search(const GreedyProblem& problem, const GreedyOptions& options, const Policy& entry,
                           const ScoreNeighbours& score) {
  return Walk(problem, options, entry, score).run();
}

}  // namespace mpq::search
