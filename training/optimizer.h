#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "models/checkpoint.h"
#include "quant/quantizer.h"
#include "training/recipe.h"

namespace mpq::training {

/// The optimisers of a quantized network (rfquant.md §7): SGD with Nesterov momentum for weights (decayed)
/// and the rest (not decayed), Adam for step sizes. Gradients are zeroed rather than removed, so that
/// unselected entries of a bank keep moving by momentum; a tensor that never had a gradient is left alone.
class Optimizer {
 public:
  Optimizer(std::vector<quant::TensorRef> tensors, Recipe recipe);

  void zero_gradients();
  /// Clamps every gradient value to [−limit, limit].
  void clip(double limit);
  void step(double learning_rate, double step_learning_rate);

  /// Momentum and moments as named tensors: "sgd/<name>", "adam_mean/<name>", "adam_square/<name>",
  /// "adam_count/<name>". A tensor without state yet is absent, which differs from zero.
  models::StateDict state() const;
  void load(const models::StateDict& state);

  const std::vector<quant::TensorRef>& tensors() const { return tensors_; }

 private:
  struct Moments {
    torch::Tensor mean, square;
    std::int64_t count = 0;
  };
  void sgd(std::size_t i, double learning_rate);
  void adam(std::size_t i, double learning_rate);

  std::vector<quant::TensorRef> tensors_;
  Recipe recipe_;
  std::vector<torch::Tensor> momentum_;
  std::vector<Moments> moments_;
};

/// Exponential moving average of a network's tensors (rfquant.md §7): e ← d·e + (1 − d)·m, no warm-up;
/// integer counters are truncated. With `follow_initialisation` a step that is used for the first time is
/// copied as it is; without it the average starts from 1, the value before
/// initialisation, as the published program does
/// (quirk 13).
class MovingAverage {
 public:
  MovingAverage(const std::vector<quant::TensorRef>& tensors, double decay, bool follow_initialisation);
  void update(const std::vector<quant::TensorRef>& tensors);
  models::StateDict state() const;
  void load(const models::StateDict& state);

 private:
  void adopt_new_steps(const std::vector<quant::TensorRef>& tensors);

  double decay_;
  bool follow_initialisation_;
  models::StateDict average_;
};

}  // namespace mpq::training
