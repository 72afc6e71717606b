#pragma once

#include <torch/types.h>

#include <cstdint>

#include "core/random.h"
#include "models/network.h"

namespace mpq::training {

/// Dropout before the classifier (Srivastava et al., JMLR 2014): passes that record gradients lose each value that
/// enters the last layer with probability `rate`, and the others are scaled by 1/(1 − rate). Draws are keyed by
/// (seed, "dropout", step, pass within the step), so that a continued training draws what an undisturbed one does.
/// While the object lives, the network must.
class Dropout {
 public:
  Dropout(models::Network& network, double rate, std::uint64_t seed);
  ~Dropout();
  Dropout(const Dropout&) = delete;
  Dropout& operator=(const Dropout&) = delete;

  /// Passes from here on belong to `step`.
  void begin(std::int64_t step) { step_ = step, pass_ = 0; }

 private:
  quant::Layer& last_;
  std::int64_t step_ = 0, pass_ = 0;
};

/// Factors for the values of a tensor: 0 with probability `rate`, else 1/(1 − rate). float32, contiguous.
torch::Tensor dropout_factors(at::IntArrayRef sizes, double rate, RandomStream stream);

}  // namespace mpq::training
