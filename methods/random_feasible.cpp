// random_feasible: the control without which no search claim counts.
//
// Source: baselines of this project; sampler as in docs/methods/random_feasible.md.
// Idea:   draw K policies that use up the budget, train each a little and score it on the search split,
//         retrain the median one. A search method should beat what chance gives.
// Cost:   K short trainings and one full training per budget.

#include <algorithm>

#include "methods/registry.h"
#include "methods/retrain.h"
#include "search/random_policy.h"
#include "training/evaluate.h"

namespace mpq::methods {
namespace {

class RandomFeasible final : public Method {
 public:
  struct Options {
    std::int64_t policies = 5;
    std::int64_t check_images = 6400;
    template <class Visitor>
    void fields(Visitor& f) {
      f("policies", policies, "policies drawn (K); the median one is retrained", "this project",
        Within(1, 1000));
      f("check_images", check_images, "training images of the short check, one pass over them",
        "this project", AtLeast(1));
    }
  };
  explicit RandomFeasible(Options options) : options_(options) {}

  Prepared prepare(Task&) override { return {}; }

  Deployed deploy(Task& task, const Prepared&, const quant::Budget& budget) override {
    const auto network = task.float_network();
    const search::RandomPolicySampler sampler(network->facts(), lists_of_study(*network, task.candidates()),
                                              budget);
    std::vector<quant::Policy> policies;
    std::vector<double> accuracy;
    for (std::int64_t k = 0; k < options_.policies; ++k) {
      policies.push_back(sampler.draw(task.stream("random_feasible", static_cast<std::uint64_t>(k))));
      accuracy.push_back(short_check(task, policies.back(), k));
    }
    store(task, policies, accuracy);
    return retrain(task, policies[median(accuracy)], "retrain", task.recipe());
  }

 private:
  double short_check(Task& task, const quant::Policy& policy, std::int64_t k) const {
    auto recipe = task.recipe();
    recipe.epochs = 1, recipe.schedule = "step", recipe.ema_decay = 0;  // one epoch is short
    if (recipe.warmup >= 1) recipe.warmup = training::Recipe().warmup;  // in epochs it would be all of it
    const Meter::Phase phase(task.meter(), "search");
    auto checked = train_policy(task, policy, "check-" + std::to_string(k), recipe, options_.check_images);
    training::recalibrate(*checked.network, task.calib_images());
    const auto seen =
        training::predict(*checked.network, task.search_split(), task.dataset_info(), task.loader_threads());
    ++task.meter().now().policy_evaluations;
    std::int64_t right = 0;
    for (std::size_t i = 0; i < seen.label.size(); ++i) right += seen.top5[5 * i] == seen.label[i];
    return static_cast<double>(right) / static_cast<double>(seen.label.size());
  }

  static std::size_t median(const std::vector<double>& accuracy) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t k = 0; k < accuracy.size(); ++k) order.emplace_back(accuracy[k], k);
    std::sort(order.begin(), order.end());
    return order[order.size() / 2].second;
  }

  static void store(Task& task, const std::vector<quant::Policy>& policies,
                    const std::vector<double>& accuracy) {
    std::vector<std::int32_t> bits;
    for (const auto& policy : policies)
      for (const auto b : policy) bits.insert(bits.end(), {b.weight, b.act});
    task.record("policies", torch::tensor(bits).view({std::ssize(policies), -1, 2}));
    task.record("check_accuracy", torch::tensor(accuracy, torch::kFloat64));
  }

  Options options_;
};

}  // namespace

MPQ_REGISTER_METHOD(random_feasible) {
  registry.add<RandomFeasible>({.name = "random_feasible",
                                .title = "Random",
                                .family = "control",
                                .citation = "control of this project",
                                .summary = "Random policies at the budget, the median one retrained.",
                                .revision = 3,
                                .needs = {},
                                .check_options = {{"policies", 3}, {"check_images", 128}},
                                .search_costs = {{"deploy", {"policies", "check_images"}, 3},
                                                 {"deploy", {"policies", "final_score"}}}});
}

}  // namespace mpq::methods
