#include "quant/learned_step.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
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

class Fused : public torch::autograd::Function<Fused> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x_any,
                               const torch::Tensor& bank, std::int64_t index, Range range, double kappa) {
    const auto x = dense(x_any);
    context->save_for_backward({x});
    return AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "learned_step", [&] {
      const auto stored = bank.data_ptr<scalar_t>()[index * bank.stride(0)];
      check_step(stored, index);
      const auto step = effective_step(stored, kappa);
      context->saved_data["all"] =
          std::vector<double>{static_cast<double>(step),      kappa,
                              static_cast<double>(range.min), static_cast<double>(range.max),
                              static_cast<double>(index),     static_cast<double>(bank.size(0))};
      return fused_forward(x, step, range);
    });
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grads) {
    require(!torch::GradMode::is_enabled(),
            "a second derivative of the fused learned_step; compose it (ComposedScope)");
    const auto x = context->get_saved_variables()[0];
    const auto saved =
        context->saved_data["all"].toDoubleVector();  // one entry: look-ups cost on small tensors
    const Range range{static_cast<std::int64_t>(saved[2]), static_cast<std::int64_t>(saved[3])};
    const auto index = static_cast<std::int64_t>(saved[4]), bank_size = static_cast<std::int64_t>(saved[5]);
    auto bank_gradient = torch::zeros({bank_size}, x.options());
    const auto g = in_layout_of(x, grads[0]);
    const auto gx = AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "learned_step", [&] {
      double sum = 0;
      auto result = fused_backward(x, g, static_cast<scalar_t>(saved[0]), range, sum);
      bank_gradient.data_ptr<scalar_t>()[index] = static_cast<scalar_t>(sum * saved[1]);
      return result;
    });
    return {gx, bank_gradient, {}, {}, {}};
  }
};

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
  return Fused::apply(x, bank, index, range, kappa);
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
