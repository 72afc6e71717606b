#include "quant/instability.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "quant/kernels.h"
#include "quant/layout.h"
#include "quant/range.h"

namespace mpq::quant {
namespace {

template <typename T>
kernels::Turbulence<T> turbulence_of(T step, Range range, double proportion) {
  const auto keep = 1 - proportion;
  return {step / 2 * static_cast<T>(keep), step * static_cast<T>(static_cast<double>(range.min) + keep / 2)};
}

template <typename T>
std::int64_t fused_count(const torch::Tensor& weight, T step, Range range, double proportion) {
  const auto turbulence = turbulence_of(step, range, proportion);
  const T* w = weight.data_ptr<T>();
  const auto n = weight.numel(), chunks = (n + kernels::kChunk - 1) / kernels::kChunk;
  const auto count = [&](std::int64_t first, std::int64_t last, std::int64_t so_far) {
    const auto begin = first * kernels::kChunk, end = std::min(n, last * kernels::kChunk);
    return so_far + kernels::count_turbulent(w + begin, end - begin, step, range, turbulence);
  };
  return at::parallel_reduce(0, chunks, kernels::kGrain / kernels::kChunk, std::int64_t{0}, count,
                             std::plus<>());
}

// The same conditions in ATen operators, in the dtype of the weights; the count stays on their device.
torch::Tensor composed_count(const torch::Tensor& w, const torch::Tensor& step, Range range,
                             double proportion) {
  const auto code = at::clamp(w / step, range.min, range.max).round();
  const auto centre = code * step, half = step / 2 * (1 - proportion);
  const auto lowest = code == range.min;
  const auto above = (code != range.max).logical_and(w > centre + half);
  const auto inner = lowest.logical_not().logical_and((w < centre - half).logical_or(above));
  const auto edge = step * (static_cast<double>(range.min) + (1 - proportion) / 2);
  return inner.logical_or(lowest.logical_and(w > edge)).sum();
}

void check_step(double step, int bits) {
  if (std::isfinite(step) && step > 0) return;
  throw Error(ErrorKind::case_failed,
              {"a step size is " + std::to_string(step),
               "weight step for " + std::to_string(bits) + " bits, instability metric",
               "a finite step above 0", "lower the learning rate of the step sizes"});
}

std::int64_t turbulent_weights(const torch::Tensor& w, const torch::Tensor& step, int bits, bool symmetric,
                               double proportion) {
  const auto range = range_of(bits, true, symmetric);
  check_step(step.item<double>(), bits);
  const bool known = w.scalar_type() == torch::kFloat32 || w.scalar_type() == torch::kFloat64;
  if (composed_only() || !w.device().is_cpu() || !known || step.scalar_type() != w.scalar_type())
    return composed_count(w, step, range, proportion).item<std::int64_t>();
  return AT_DISPATCH_FLOATING_TYPES(w.scalar_type(), "instability",
                                    [&] { return fused_count(w, step.item<scalar_t>(), range, proportion); });
}

}  // namespace

Instability instability(const torch::Tensor& weight, const torch::Tensor& bank,
                        const std::vector<BankEntry>& candidates, double proportion, bool symmetric) {
  require(!candidates.empty() && weight.numel() > 0, "instability of a site without candidates or weights");
  const torch::NoGradGuard no_grad;
  const auto w = dense(weight.detach());
  const auto count = static_cast<float>(w.numel());
  Instability result;
  float sum = 0;
  for (const auto& [bits, index] : candidates) {
    const auto turbulent = turbulent_weights(w, bank.detach()[index], bits, symmetric, proportion);
    result.per_candidate.push_back(static_cast<float>(turbulent) / count / static_cast<float>(bits));
    sum += result.per_candidate.back();
  }
  result.metric = sum / static_cast<float>(candidates.size());
  return result;
}

}  // namespace mpq::quant
