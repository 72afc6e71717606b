#include "search/supernet_search.h"

#include <algorithm>
#include <cmath>

#include "core/stop.h"
#include "search/evaluator.h"
#include "search/random_policy.h"

namespace mpq::search {

using quant::Policy;

namespace {

// rfquant.md §10: from this limit on no width goes below 3.
constexpr std::int64_t kPublishedLimitOfThreeBits = 5'000'000'000;

training::Batch pick_images(const SearchImages& images, const SupernetSearchOptions& options,
                            std::uint64_t iteration) {
  auto places = permutation(images.count, RandomStream(options.seed, "search_images", iteration));
  places.resize(static_cast<std::size_t>(std::min(options.images, images.count)));
  return images.at(places);
}

GreedyProblem make_problem(const models::Network& network, const quant::Budget& budget,
                           const std::vector<int>& candidates) {
  GreedyProblem problem;
  problem.lists = network.current_lists();
  problem.candidates = candidates;
  problem.limit = budget.bitops;
  problem.bitops = [facts = network.facts(), convention = budget.convention](const Policy& policy) {
    return quant::bitops(facts, policy, convention);
  };
  return problem;
}

int weight_target(const GreedyProblem& problem, const std::vector<int>& candidates) {
  for (const int bits : candidates)
    if (problem.bitops(Policy(problem.lists.size(), {bits, bits})) <= problem.limit) return bits;
  return candidates.back();
}

// The walk begins above the limit, or it would end before its first move.
int start_bits(int wanted, int target, const std::vector<int>& candidates) {
  int above = candidates.front();
  for (const int bits : candidates)
    if (bits > target) above = bits;
  return std::min(std::max(wanted, above), candidates.front());
}

std::map<std::string, torch::Tensor> as_tensors(const GreedyResult& result) {
  std::vector<torch::Tensor> error, entropy, score, complexity;
  std::vector<std::int32_t> before, chosen;
  for (const auto& it : result.iterations) {
    error.push_back(torch::tensor(it.error, torch::kFloat64));
    entropy.push_back(torch::tensor(it.cross_entropy, torch::kFloat64));
    score.push_back(torch::tensor(it.score, torch::kFloat64));
    complexity.push_back(torch::tensor(it.complexity, torch::kFloat64));
    chosen.push_back(static_cast<std::int32_t>(it.chosen));
    for (const auto bits : it.before) before.insert(before.end(), {bits.weight, bits.act});
  }
  if (error.empty()) return {};
  return {
      {"error", torch::stack(error)},    {"cross_entropy", torch::stack(entropy)},
      {"score", torch::stack(score)},    {"complexity", torch::stack(complexity)},
      {"chosen", torch::tensor(chosen)}, {"before", torch::tensor(before).view({std::ssize(error), -1, 2})}};
}

std::int64_t policies_scored(const GreedyResult& result) {
  std::int64_t count = 0;
  for (const auto& it : result.iterations)
    count += std::count_if(it.error.begin(), it.error.end(), [](double e) { return std::isfinite(e); });
  return count;
}

Policy best_random(models::Network& network, const SearchImages& images, const quant::Budget& budget,
                   const SupernetSearchOptions& options, std::int64_t evaluations, const ProgressSink& sink,
                   std::map<std::string, torch::Tensor>& trace) {
  const RandomPolicySampler sampler(network.facts(), network.current_lists(), budget);
  Evaluator evaluator(network);
  const auto batch = pick_images(images, options, 0);
  evaluator.set_images(batch.images, batch.labels);
  Policy best;
  double least = 0;
  std::vector<std::int32_t> drawn;
  std::vector<double> scores;
  const auto count = std::max<std::int64_t>(1, evaluations);
  Progress progress(sink, "random search", static_cast<double>(count), "policy");
  for (std::int64_t k = 0; k < count; ++k) {
    throw_if_stopped();
    progress.update(static_cast<double>(k));
    const auto policy =
        sampler.draw(RandomStream(options.seed, "random_search", static_cast<std::uint64_t>(k)));
    const auto entropy = evaluator.score(policy).cross_entropy;
    for (const auto bits : policy) drawn.insert(drawn.end(), {bits.weight, bits.act});
    scores.push_back(entropy);
    if (!best.empty() && entropy >= least) continue;
    best = policy;
    least = entropy;
  }
  trace["random_policies"] = torch::tensor(drawn).view({std::ssize(scores), -1, 2});
  trace["random_cross_entropy"] = torch::tensor(scores, torch::kFloat64);
  return best;
}

}  // namespace

SupernetResult search_supernet(models::Network& network, const SearchImages& images,
                               const quant::Budget& budget, const std::vector<int>& candidates,
                               const SupernetSearchOptions& options, const ProgressSink& sink) {
  const auto problem = make_problem(network, budget, candidates);
  if (problem.bitops(quant::smallest_policy(problem.lists)) > budget.bitops) return {};
  auto greedy = options.greedy;
  if (greedy.weight_target <= 0) greedy.weight_target = weight_target(problem, candidates);
  greedy.start_bits = greedy.faithful ? std::min(greedy.start_bits, candidates.front())
                                      : start_bits(greedy.start_bits, greedy.weight_target, candidates);
  greedy.smallest = candidates.back();
  if (greedy.faithful && budget.bitops >= kPublishedLimitOfThreeBits)
    greedy.smallest = std::max(3, greedy.smallest);

  // The published program enters with the widest activations alone, and only its first test sees that cost.
  const auto entry = greedy.faithful ? Policy(problem.lists.size(), {greedy.start_bits, candidates.front()})
                                     : quant::largest_policy(problem.lists);
  Evaluator evaluator(network);
  Progress progress(sink, "search", 100, "% of the way to the budget");
  std::int64_t begin = 0;
  const auto found = greedy_search(
      problem, greedy, entry,
      [&](std::int64_t iteration, const Policy& base, const std::vector<Neighbour>& neighbours) {
        const auto batch = pick_images(images, options, static_cast<std::uint64_t>(iteration));
        evaluator.set_images(batch.images, batch.labels);
        const auto cost = problem.bitops(base);
        if (iteration == 0) begin = cost;
        const auto way = std::max<std::int64_t>(1, begin - problem.limit);
        progress.update(100 * static_cast<double>(begin - cost) / static_cast<double>(way),
                        "move " + std::to_string(iteration + 1));
        return evaluator.score_neighbours(base, neighbours);
      });
  SupernetResult result{found.met, found.policy, std::ssize(found.iterations), as_tensors(found)};
  if (options.random && found.met)
    result.policy = best_random(network, images, budget, options, policies_scored(found), sink, result.trace);
  return result;
}

}  // namespace mpq::search
