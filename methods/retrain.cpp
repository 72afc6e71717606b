#include "methods/retrain.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace mpq::methods {

Deployed retrain(Task& task, const quant::Policy& policy, const std::string& name,
                 const training::Recipe& recipe, std::int64_t images, models::QuantizationSpec spec) {
  const Meter::Phase phase(task.meter(), "retrain");
  return train_policy(task, policy, name, recipe, images, std::move(spec));
}

Deployed train_policy(Task& task, const quant::Policy& policy, const std::string& name,
                      const training::Recipe& recipe, std::int64_t images, models::QuantizationSpec spec) {
  auto network = task.float_network();
  spec.candidates = task.candidates();
  network->quantize(spec);
  network->set_policy(policy);
  network->narrow();
  auto trainer = task.trainer(*network, name, recipe, images);
  training::train_plain(trainer, *network, recipe);
  network->load(trainer.result(), "the retrained network");
  task.record_curves(name, trainer.curves());
  return {std::move(network), {}};
}

std::vector<quant::SiteLists> lists_of_study(const models::Network& float_network,
                                             const std::vector<int>& candidates) {
  std::vector<quant::SiteLists> lists;
  for (const auto* site : float_network.sites()) {
    const auto list = models::candidates_for(site->facts(), candidates);
    lists.push_back({list, list});
  }
  return lists;
}

void require_candidates(const quant::Policy& policy, const std::vector<quant::SiteLists>& lists) {
  const auto has = [](const std::vector<int>& list, int bits) {
    return std::find(list.begin(), list.end(), bits) != list.end();
  };
  for (std::size_t i = 0; i < policy.size(); ++i)
    if (!has(lists.at(i).weight, policy[i].weight) || !has(lists.at(i).act, policy[i].act))
      throw Unsupported{"site " + std::to_string(i) + " cannot have w" + std::to_string(policy[i].weight) +
                        "a" + std::to_string(policy[i].act)};
}

quant::Policy best_uniform_policy(Task& task, const models::Network& float_network,
                                  const quant::Budget& budget) {
  const auto lists = lists_of_study(float_network, task.candidates());
  const auto facts = float_network.facts();
  std::optional<quant::Policy> best;
  std::tuple<bool, int, std::int64_t> best_rank;
  for (const int weight : task.candidates())  // descending: the first of equals has more weight bits
    for (const int act : task.candidates()) {
      const auto policy = quant::uniform_policy(lists, {weight, act});
      const auto cost = quant::bitops(facts, policy, budget.convention);
      if (cost > budget.bitops) continue;
      const std::tuple rank{cost == budget.bitops, std::min(weight, act), cost};
      if (best && rank <= best_rank) continue;
      best = policy;
      best_rank = rank;
    }
  if (!best)
    throw Unsupported{"no uniform policy costs at most " + std::to_string(budget.bitops) + " BitOPs"};
  return *best;
}

}  // namespace mpq::methods
