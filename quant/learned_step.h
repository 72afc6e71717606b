#pragma once

#include <torch/types.h>

#include <cstdint>

#include "quant/composed.h"
#include "quant/range.h"

namespace mpq::quant {

/// Fake quantization with a learned step (LSQ; rfquant.md §3): y = round(clamp(x / s, min, max)) · s with
/// s = bank[index], ties to even. x: any shape and layout, float32 or float64, kept in y; bank: [candidates]
/// of the same dtype and device. Differentiable once in x and bank; both clip ends count as inside, and the
/// bank's gradient is zero except at `index`. `kappa` ≠ 1 multiplies the step's gradient, and the effective
/// step becomes (s − s·κ) + s·κ. On the CPU, throws Error(case_failed) if s is not finite or not above 0.
torch::Tensor learned_step(const torch::Tensor& x, const torch::Tensor& bank, std::int64_t index, Range range,
                           double kappa = 1.0);

/// Integer codes round(clamp(x / step, min, max)), int32, in the layout of x; `step`: one element. No
/// gradient.
torch::Tensor learned_step_codes(const torch::Tensor& x, const torch::Tensor& step, Range range);

}  // namespace mpq::quant
