#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "quant/composed.h"

namespace mpq::quant {

/// A candidate width and its place in the step bank.
struct BankEntry {
  int bits = 0;
  std::int64_t index = 0;
};

struct Instability {
  float metric = 0;                  ///< mean over the candidates
  std::vector<float> per_candidate;  ///< turbulent fraction / bits, in the order asked for
};

/// How close the weights of a site are to changing code, over the candidates of its current list (rfquant.md
/// §8.1): a weight is turbulent when its distance to the nearest rounding boundary is below proportion / 2 of
/// a step. weight: any shape, float32 or float64; bank: [candidates]; signed codes. Counts are exact,
/// divisions and means are float32 as in the recordings. Throws Error(case_failed) if a step is not finite or
/// not above 0.
Instability instability(const torch::Tensor& weight, const torch::Tensor& bank,
                        const std::vector<BankEntry>& candidates, double proportion = 0.25,
                        bool symmetric = false);

}  // namespace mpq::quant
