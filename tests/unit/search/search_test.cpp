#include <gtest/gtest.h>
#include <torch/autograd.h>

#include <algorithm>
#include <set>

#include "models/registry.h"
#include "quant/composed.h"
#include "search/evaluator.h"
#include "search/greedy.h"
#include "search/hessian_trace.h"
#include "search/random_policy.h"

namespace mpq::search {
namespace {

std::unique_ptr<models::Network> supernet() {
  models::NetworkContext context;
  context.seed = 3;
  auto network = models::make_network("resnet8", Json::object(), context);
  network->quantize({.norm_bank = true});
  return network;
}

torch::Tensor pictures(std::int64_t count) {
  return torch::arange(count * 3 * 32 * 32)
      .remainder(251)
      .div(125.5)
      .sub(1)
      .view({count, 3, 32, 32})
      .contiguous(at::MemoryFormat::ChannelsLast);
}

GreedyProblem problem_of(const models::Network& network, std::int64_t limit) {
  GreedyProblem problem;
  problem.lists = network.current_lists();
  problem.candidates = {6, 5, 4, 3, 2};
  problem.limit = limit;
  problem.bitops = [facts = network.facts()](const quant::Policy& policy) {
    return quant::bitops(facts, policy);
  };
  return problem;
}

quant::Policy uniform(int bits) { return quant::Policy(6, {bits, bits}); }

TEST(Greedy, MeetsEveryReachableLimitWithoutUndoingAMove) {
  const auto network = supernet();
  const auto cost = problem_of(*network, 0).bitops;
  for (std::int64_t limit = cost(uniform(2)); limit <= cost(uniform(6));
       limit += (cost(uniform(6)) - cost(uniform(2))) / 17) {
    const auto problem = problem_of(*network, limit);
    GreedyOptions options;
    options.max_iterations = 60;
    RandomStream noise(5, "greedy_test", static_cast<std::uint64_t>(limit));
    const auto result =
        greedy_search(problem, options, uniform(6), [&](auto, const auto&, const auto& neighbours) {
          std::vector<Score> scores;
          for (std::size_t i = 0; i < neighbours.size(); ++i)
            scores.push_back({noise.uniform(), noise.uniform()});
          return scores;
        });
    ASSERT_TRUE(result.met);
    EXPECT_LE(cost(result.policy), limit);
    for (std::size_t i = 0; i < result.iterations.size(); ++i) {
      EXPECT_TRUE(result.iterations[i].moved);
      if (i > 0 && result.iterations[i].activation_phase == result.iterations[i - 1].activation_phase)
        EXPECT_NE(result.iterations[i].after, result.iterations[i - 1].before)
            << "iteration " << i << " undoes the one before";
    }
  }
}

// An error that grows as widths shrink, as a network's does.
std::vector<Score> smooth_scores(const std::vector<Neighbour>& neighbours) {
  std::vector<Score> scores;
  for (const auto& neighbour : neighbours) {
    double error = 0;
    for (std::size_t i = 0; i < neighbour.policy.size(); ++i)
      error += (std::pow(4.0, -neighbour.policy[i].weight) + std::pow(4.0, -neighbour.policy[i].act)) *
               (1 + 0.1 * static_cast<double>(i));
    scores.push_back({error, error});
  }
  return scores;
}

TEST(Greedy, EndsByItselfWhereTheWeightTargetIsTheLeastWidthAndWhereTheBudgetIsLoose) {
  const auto network = supernet();
  const auto cost = problem_of(*network, 0).bitops;
  const std::vector<std::pair<quant::Bits, int>> cases = {{{2, 2}, 2}, {{2, 3}, 2}, {{3, 2}, 2}, {{2, 4}, 2},
                                                          {{2, 6}, 2}, {{3, 3}, 3}, {{5, 5}, 5}, {{6, 5}, 5}};
  for (const auto& [bits, target] : cases) {
    const auto problem = problem_of(*network, cost(quant::Policy(6, bits)));
    GreedyOptions options;
    options.weight_target = target;
    options.start_bits = std::max(5, std::min(6, target + 1));
    const auto result =
        greedy_search(problem, options, uniform(6),
                      [](auto, const auto&, const auto& neighbours) { return smooth_scores(neighbours); });
    ASSERT_TRUE(result.met);
    EXPECT_LT(std::ssize(result.iterations), 100) << "w" << bits.weight << "a" << bits.act;
    EXPECT_GT(std::ssize(result.iterations), 0) << "w" << bits.weight << "a" << bits.act;
  }
}

TEST(Greedy, ScoresAreRatiosAndAnErrorlessTableFallsBackToCost) {
  EXPECT_DOUBLE_EQ(move_scores({0.5, 1.0}, {2, 4}, 1.5, false)[0], 1.5 * 0.5 - 0.5);
  const auto errorless = move_scores({0, 0}, {2, 4}, 1.5, false);
  EXPECT_EQ(first_minimum(errorless, false), 0U);
  EXPECT_TRUE(std::isnan(move_scores({0, 0}, {2, 4}, 1.5, true)[0]));  // quirk 17
}

TEST(Evaluator, ReusedBlockInputsChangeNoScore) {
  const auto network = supernet();
  Evaluator evaluator(*network);
  evaluator.set_images(pictures(8), torch::arange(8).remainder(10));
  const auto base = uniform(5);
  evaluator.score(base);  // every width below is used once, so that its step exists
  std::vector<Neighbour> neighbours;
  for (std::size_t site = 0; site < 6; ++site)
    for (const int bits : {4, 6}) {
      auto policy = base;
      policy[site].weight = bits;
      neighbours.push_back({site, policy});
    }
  const auto together = evaluator.score_neighbours(base, neighbours);
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    const auto alone = evaluator.score(neighbours[i].policy);
    EXPECT_EQ(alone.cross_entropy, together[i].cross_entropy) << "neighbour " << i;
    EXPECT_EQ(alone.error, together[i].error) << "neighbour " << i;
  }
}

TEST(RandomPolicy, EveryDrawUsesTheBudgetUpToOneStep) {
  const auto network = supernet();
  const auto facts = network->facts();
  const auto lists = network->construction_lists();
  const quant::Budget budget{quant::bitops(facts, uniform(3)), "w3a3", quant::Convention::ends_8x8};
  const RandomPolicySampler sampler(facts, lists, budget);
  std::set<std::string> different;
  for (std::uint64_t k = 0; k < 200; ++k) {
    const auto policy = sampler.draw(RandomStream(1, "random_policy_test", k));
    const auto cost = quant::bitops(facts, policy);
    ASSERT_LE(cost, budget.bitops);
    different.insert(quant::to_json(policy).dump());
    for (std::size_t site = 0; site < policy.size(); ++site)  // nothing that fits is left unused
      for (const bool act : {false, true}) {
        auto higher = policy;
        int& bits = act ? higher[site].act : higher[site].weight;
        if (++bits <= 6) EXPECT_GT(quant::bitops(facts, higher), budget.bitops);
      }
  }
  EXPECT_GT(different.size(), 150U);
}

/// One site whose exact trace can be had from one Hessian-vector product per weight.
std::unique_ptr<models::Network> tiny_network() {
  auto network = std::make_unique<models::Network>();
  const auto stem = network->conv_norm("stem", "stem_norm", {.in = 3, .out = 2, .kernel = 1});
  const auto site = network->conv_norm("site", "site_norm", {.in = 2, .out = 3, .kernel = 1});
  network->block("all", [=](const torch::Tensor& x) {
    return site(stem(x, models::Activation::none), models::Activation::none);
  });
  auto* head = network->linear("fc", 3, 4);
  network->block("head", [=](const torch::Tensor& x) { return head->forward(models::global_average(x)); });
  network->finish(3, 4, 4);
  network->draw_weights(11);
  network->to(torch::kFloat64);
  return network;
}

TEST(HessianTrace, AgreesWithTheExactTraceWithinItsStandardError) {
  const auto network = tiny_network();
  const auto images = torch::linspace(-1, 1, 6 * 3 * 16, torch::kFloat64).sin().view({6, 3, 4, 4});
  const auto labels = torch::tensor({0, 1, 2, 3, 0, 1}, torch::kInt64);
  double exact = 0;
  {
    const quant::ComposedScope composed;
    auto& weight = network->sites()[0]->weight();
    const auto loss = at::cross_entropy_loss(network->forward(images), labels);
    const auto gradient = torch::autograd::grad({loss}, {weight}, {}, true, true)[0].reshape({-1});
    for (std::int64_t i = 0; i < gradient.numel(); ++i)
      exact += torch::autograd::grad({gradient[i]}, {weight}, {}, true)[0].reshape({-1})[i].item<double>();
  }
  const auto estimate = hessian_trace(*network, images, labels, 400, 1, 4);
  EXPECT_GT(std::abs(exact), 1e-6);
  EXPECT_NEAR(estimate.trace[0], exact, 4 * estimate.standard_error[0] + 1e-9);
  const auto again = hessian_trace(*network, images, labels, 400, 1, 4);
  EXPECT_EQ(again.trace, estimate.trace);
}

}  // namespace
}  // namespace mpq::search
