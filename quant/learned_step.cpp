#include "quant/learned_step.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "quant/kernels.h"
#include "quant/layout.h"

namespace mpq::quant {
namespace {

void check_step(double step, std::int64_t index) {
  if (std::isfinite(step) && step > 0) return;
  throw Error(ErrorKind::case_failed, {"a step size is " + std::to_string(step),
                                       "entry " + std::to_string(index) + " of a bank of learned steps",
                                       "a finite step above 0", "lower the learning rate of the step sizes"});
}

template <typename T>
T effective_step(T step, double kappa) {
  const T scaled = step * static_cast<T>(kappa);
  return kappa == 1.0 ? step : (step - scaled) + scaled;
}

// Calls work(begin, end, chunk) for each fixed-size chunk of n elements, in parallel.
template <typename Work>
void for_chunks(std::int64_t n, const Work& work) {
  const auto chunks = (n + kernels::kChunk - 1) / kernels::kChunk;
  at::parallel_for(0, chunks, kernels::kGrain / kernels::kChunk, [&](std::int64_t first, std::int64_t last) {
    for (auto chunk = first; chunk < last; ++chunk)
      work(chunk * kernels::kChunk, std::min(n, (chunk + 1) * kernels::kChunk), chunk);
  });
}

template <typename T>
torch::Tensor fused_forward(const torch::Tensor& x, T step, Range range) {
  const auto y = empty_in_layout_of(x);
  const T* in = x.data_ptr<T>();
  T* out = y.template data_ptr<T>();
  for_chunks(x.numel(), [&](std::int64_t begin, std::int64_t end, std::int64_t) {
    kernels::quantize(in + begin, end - begin, step, range, out + begin);
  });
  return y;
}

// Returns the gradient of x; `step_gradient` is that of the step.
template <typename T>
torch::Tensor fused_backward(const torch::Tensor& x, const torch::Tensor& g, T step, Range range,
                             double& step_gradient) {
  const auto gx = empty_in_layout_of(x);
  const T *in = x.data_ptr<T>(), *gradient = g.data_ptr<T>();
  T* out = gx.template data_ptr<T>();
  std::vector<double> sums((x.numel() + kernels::kChunk - 1) / kernels::kChunk);
  for_chunks(x.numel(), [&](std::int64_t begin, std::int64_t end, std::int64_t chunk) {
    sums[chunk] =
        kernels::quantize_backward(in + begin, gradient + begin, end - begin, step, range, out + begin);
  });
  step_gradient = 0;
  for (const double sum : sums) step_gradient += sum;
  return gx;
}

// A node of its own, not autograd::Function: for the small tensors of weights, that wrapper's look-ups would
// cost as much as the work.
struct FusedBackward : torch::autograd::Node {
  torch::autograd::SavedVariable x;
  torch::TensorOptions bank_options;
  std::int64_t index = 0, bank_size = 0;
  double step = 0, kappa = 1;
  Range range;

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    require(!torch::GradMode::is_enabled(),
            "a second derivative of the fused learned_step; compose it (ComposedScope)");
    if (!gradients[0].defined()) return {torch::Tensor(), torch::Tensor()};
    const auto input = x.unpack();
    const auto g = in_layout_of(input, gradients[0]);
    auto bank_gradient = at::zeros({bank_size}, bank_options);
    auto gx = AT_DISPATCH_FLOATING_TYPES(input.scalar_type(), "learned_step", [&] {
      double sum = 0;
      auto result = fused_backward(input, g, static_cast<scalar_t>(step), range, sum);
      bank_gradient.data_ptr<scalar_t>()[index] = static_cast<scalar_t>(sum * kappa);
      return result;
    });
    return {std::move(gx), std::move(bank_gradient)};
  }
  void release_variables() override { x.reset_data(); }
  std::string name() const override { return "LearnedStepBackward"; }
};

torch::Tensor fused(const torch::Tensor& x_any, const torch::Tensor& bank, std::int64_t index, Range range,
                    double kappa) {
  const bool differentiable = torch::autograd::compute_requires_grad(x_any, bank);
  const torch::NoGradGuard no_grad;
  const auto x = dense(x_any);
  double used = 0;
  auto y = AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "learned_step", [&] {
    const auto stored = bank.data_ptr<scalar_t>()[index * bank.stride(0)];
    check_step(stored, index);
    const auto step = effective_step(stored, kappa);
    used = static_cast<double>(step);
    return fused_forward(x, step, range);
  });
  if (!differentiable) return y;
  const std::shared_ptr<FusedBackward> node(new FusedBackward, torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(x_any, bank));
  node->x = torch::autograd::SavedVariable(x, /*is_output=*/false);
  node->bank_options = bank.options().requires_grad(false);
  node->index = index, node->bank_size = bank.size(0);
  node->step = used, node->kappa = kappa, node->range = range;
  torch::autograd::set_history(y, node);
  return y;
}

// The definition in ATen operators. Its gradients are those of rfquant.md §3: clamp passes at both ends, and
// rounding is straight-through. ((round(c) − c) + c is exact.)
torch::Tensor composed(const torch::Tensor& x, const torch::Tensor& bank, std::int64_t index, Range range,
                       double kappa) {
  const auto stored = bank.select(0, index);
  if (stored.device().is_cpu()) check_step(stored.item<double>(), index);
  const auto step = kappa == 1.0 ? stored : (stored - stored * kappa).detach() + stored * kappa;
  const auto clamped = at::clamp(x / step, range.min, range.max);
  return ((clamped.round() - clamped).detach() + clamped) * step;
}

bool has_kernel(const torch::Tensor& x, const torch::Tensor& bank) {
  return !composed_only() && x.device().is_cpu() && bank.device().is_cpu() &&
         x.scalar_type() == bank.scalar_type() &&
         (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kFloat64);
}

}  // namespace

torch::Tensor learned_step(const torch::Tensor& x, const torch::Tensor& bank, std::int64_t index, Range range,
                           double kappa) {
  if (!has_kernel(x, bank)) return composed(x, bank, index, range, kappa);
  return fused(x, bank, index, range, kappa);
}

torch::Tensor learned_step_codes(const torch::Tensor& x_any, const torch::Tensor& step, Range range) {
  const torch::NoGradGuard no_grad;
  if (!has_kernel(x_any, step))
    return at::clamp(x_any / step.reshape({}), range.min, range.max).round().to(torch::kInt32);
  const auto x = dense(x_any.detach());
  const auto codes = empty_in_layout_of(x, torch::kInt32);
  auto* out = codes.data_ptr<std::int32_t>();
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "learned_step_codes", [&] {
    const auto* in = x.data_ptr<scalar_t>();
    const auto s = *step.data_ptr<scalar_t>();
    check_step(s, 0);
    for_chunks(x.numel(), [&](std::int64_t begin, std::int64_t end, std::int64_t) {
      kernels::quantize_codes(in + begin, end - begin, s, range, out + begin);
    });
  });
  return codes;
}

}  // namespace mpq::quant
