#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "datasets/few_images.h"
#include "datasets/registry.h"
#include "methods/registry.h"

namespace mpq::methods {

/// Tasks on a few pictures of the synthetic set, all from one float network whose weights were drawn.
class SmallTask : public ::testing::Test {
 protected:
  SmallTask(std::int64_t train, std::int64_t others)
      : dataset_(datasets::few_images(datasets::registry().find("synthetic", "test").open(Json::object(), ""),
                                      train, others)) {
    models::NetworkContext context;
    context.seed = 4;
    float_ = models::make_network("resnet8", Json::object(), context)->state();
    recipe_.batch = train / 2;
    recipe_.lr = 0.02;
  }
  /// Its training takes two steps an epoch.
  Task task(std::int64_t epochs) const {
    TaskParts parts;
    parts.dataset = &dataset_;
    parts.network = "resnet8";
    parts.float_state = float_;
    parts.recipe = recipe_;
    parts.recipe.epochs = epochs;
    parts.candidates = {6, 5, 4, 3, 2};
    parts.seed = 3;
    return Task(std::move(parts));
  }
  /// The cost of the uniform policy.
  quant::Budget budget(int bits) const {
    auto t = task(1);
    const auto network = t.float_network();
    return {quant::bitops(network->facts(), quant::Policy(network->sites().size(), {bits, bits})), "test",
            quant::Convention::ends_8x8};
  }

  datasets::Dataset dataset_;
  models::StateDict float_;
  training::Recipe recipe_;
};

}  // namespace mpq::methods
