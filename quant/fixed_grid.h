#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "quant/quantizer.h"

namespace mpq::quant {

/// A uniform grid of 2^bits values: code = clamp(round(x / step) + zero, low, high), y = (code − zero)·step.
struct Grid {
  torch::Tensor step, zero;  ///< [R], one of each for every row of what was searched
};

/// The grid of least mean |y − x|^2.4 among 80 that shrink the range of the values by 0, 1, …, 79 %; of equals
/// the widest (BRECQ's search; baselines §1.4). `rows`: [R, N] float32 or float64, a grid for each row.
/// Symmetric: zero = 0, codes from −2^(bits−1), step from max|x|. Affine: codes from 0, zero = the whole
/// number that keeps 0 on the grid; values that are never negative have zero = 0. `lowest` and `highest` [R]:
/// the range where `rows` is a sample of the values; undefined: that of `rows`.
Grid search_grid(const torch::Tensor& rows, int bits, bool affine, const torch::Tensor& lowest = {},
                 const torch::Tensor& highest = {});

/// A grid that is searched once and then stays: post-training quantization. It is searched in the first values
/// that come at a width. Weights: symmetric, a step for every output channel. Activations: affine, one grid, from
/// at most about a million evenly taken values. Rounding passes gradients straight through inside the range; the
/// grid has none.
class FixedGrid final : public Quantizer {
 public:
  /// `candidates`: widths, descending. `channels`: of a weight [channels, …]; 0: of an activation.
  FixedGrid(std::vector<int> candidates, std::int64_t channels, torch::TensorOptions tensor_options);

  torch::Tensor fake_quantize(const torch::Tensor& x, int bits) override;
  torch::Tensor codes(const torch::Tensor& x, int bits) override;
  void collect(const std::string& prefix, std::vector<TensorRef>& tensors) override;
  std::unique_ptr<Quantizer> narrowed(int bits) const override;

 private:
  struct Chosen {
    torch::Tensor step, zero;  // shaped to broadcast over x
    double low, high;
  };
  std::int64_t index_of(int bits) const;
  Chosen chosen(const torch::Tensor& x, int bits) const;
  void search_if_first_use(const torch::Tensor& x, std::int64_t index, int bits);

  std::vector<int> candidates_;
  bool per_channel_;
  torch::Tensor step_, zero_;  // [candidates, channels], or [candidates, 1]
  torch::Tensor found_;        // [candidates], 0 or 1
};

}  // namespace mpq::quant
