#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

#include "core/random.h"
#include "models/network.h"

namespace mpq::search {

/// Per-site Hessian trace of the mean training loss with respect to the weights.
struct HessianTrace {
  std::vector<double> trace;           ///< Tr(H_l), one per site
  std::vector<double> standard_error;  ///< of the trace over probes
};

/// Hutchinson's estimate with `probes` random ±1 vectors for all sites at once (HAWQ-V2, NeurIPS 2020): the
/// mean over probes of v_l · (H v)_l. The network must be float (no quantizers) and is evaluated with stored
/// norm statistics. images [N, C, H, W], labels [N] are worked in batches; probe p is keyed by (seed,
/// "hutchinson", p).
HessianTrace hessian_trace(models::Network& network, const torch::Tensor& images, const torch::Tensor& labels,
                           int probes, std::uint64_t seed, std::int64_t batch = 128,
                           const std::function<void(int)>& on_probe = {});

}  // namespace mpq::search
