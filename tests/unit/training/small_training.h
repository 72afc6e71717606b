#pragma once

#include <memory>

#include "datasets/registry.h"
#include "models/registry.h"
#include "training/trainer.h"

/// Trainings of a few steps on a few pictures of the synthetic set.
namespace mpq::training {

inline const datasets::Dataset& synthetic() {
  static const auto dataset = [] {
    const auto& entry = datasets::registry().find("synthetic", "test");
    return entry.open(resolve_options(entry.info.options, {}, "test"), "");
  }();
  return dataset;
}

inline TrainerSetup setup_of(const Recipe& recipe, std::int64_t images) {
  TrainerSetup setup;
  setup.train = synthetic().split(datasets::Split::train);
  setup.train.indices.resize(static_cast<std::size_t>(images));
  setup.info = &synthetic().info();
  setup.recipe = recipe;
  setup.seed = 1;
  return setup;
}

inline std::unique_ptr<models::Network> network_of(bool norm_bank) {
  models::NetworkContext context;
  context.seed = 2;
  auto network = models::make_network("resnet8", Json::object(), context);
  if (norm_bank) network->quantize({.norm_bank = true});
  return network;
}

inline Recipe small_recipe() {
  Recipe recipe;
  recipe.epochs = 1;
  recipe.batch = 32;
  recipe.lr = 0.02;
  return recipe;
}

inline bool same(const models::StateDict& a, const models::StateDict& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!torch::equal(a[i].second, b[i].second)) return false;
  return a.size() == b.size();
}

}  // namespace mpq::training
