#pragma once

#include <torch/types.h>

#include "quant/composed.h"

namespace mpq::quant {

enum class Activation { none, relu, relu6, hard_swish };

/// Where a norm takes mean and variance from, and what becomes of the stored ones.
struct NormStatistics {
  torch::Tensor running_mean,
      running_var;         ///< [C], contiguous; may be undefined when `use_batch` without update
  bool use_batch = false;  ///< normalise with the statistics of x instead of the stored ones
  double momentum =
      0;  ///< with use_batch: stored ← (1 − momentum)·stored + momentum·batch; 0 leaves them alone
};

/// act(batch_norm(x) [+ residual]), differentiable once in x, weight, bias and residual. x, residual:
/// [N, C, H, W]; weight, bias: [C]. Semantics of at::batch_norm: the biased variance normalises, the unbiased
/// one enters running_var. CPU, float32 or float64, channels-last runs fused; anything else is composed of
/// ATen operators, as hard-swish is everywhere. Throws Error(input) if statistics of a single value per
/// channel are to be stored.
torch::Tensor norm_act(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                       const NormStatistics& statistics, double epsilon, Activation act,
                       const torch::Tensor& residual = {});

}  // namespace mpq::quant
