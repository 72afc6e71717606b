#include "quant/quantizer.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "quant/learned_step.h"

namespace mpq::quant {

torch::Tensor initial_step(const torch::Tensor& x, int bits, bool is_signed, StepInit init) {
  const auto v = x.detach();
  if (init == StepInit::mean_abs)
    return v.abs().mean() * 2 / std::sqrt(static_cast<double>(range_of(bits, is_signed).max));
  const auto mean = v.mean(), three_sigma = 3 * v.std();
  return torch::maximum((mean - three_sigma).abs(), (mean + three_sigma).abs()) / std::exp2(bits - 1);
}

LearnedStep::LearnedStep(LearnedStepOptions options, torch::TensorOptions tensor_options)
    : options_(std::move(options)) {
  const auto count = static_cast<std::int64_t>(options_.candidates.size());
  step_ = torch::ones({count}, tensor_options).requires_grad_();
  initialized_ = torch::zeros({count}, tensor_options);
}

LearnedStep::LearnedStep(LearnedStepOptions options, const torch::Tensor& weight)
    : options_(std::move(options)) {
  std::vector<torch::Tensor> steps;
  for (const int bits : options_.candidates)
    steps.push_back(initial_step(weight, bits, options_.is_signed, options_.init));
  const auto all = torch::stack(steps).detach();
  step_ =
      torch::where(all == 0, torch::ones_like(all), all).requires_grad_();  // zeros are zeros under any step
}

std::int64_t LearnedStep::index_of(int bits) const {
  const auto at = std::find(options_.candidates.begin(), options_.candidates.end(), bits);
  require(at != options_.candidates.end(), "a quantizer is asked for a width it has no step for");
  return at - options_.candidates.begin();
}

void LearnedStep::initialise_if_first_use(const torch::Tensor& x, std::int64_t index, int bits) {
  if (!initialized_.defined() || initialized_[index].item<double>() != 0) return;
  const torch::NoGradGuard no_grad;
  const auto step = initial_step(x, bits, options_.is_signed, options_.init);
  if (step.item<double>() == 0) return;  // zeros are zeros under any step: the next tensor decides
  step_.detach()[index].copy_(step);
  initialized_[index].fill_(1);
}

torch::Tensor LearnedStep::fake_quantize(const torch::Tensor& x, int bits) {
  const auto index = index_of(bits);
  initialise_if_first_use(x, index, bits);
  const auto r = range(bits);
  const double kappa = options_.scale_gradient
                           ? 1 / std::sqrt(static_cast<double>(r.max) * static_cast<double>(x.numel()))
                           : 1;
  return learned_step(x, step_, index, r, kappa);
}

torch::Tensor LearnedStep::codes(const torch::Tensor& x, int bits) {
  const auto index = index_of(bits);
  initialise_if_first_use(x, index, bits);
  return learned_step_codes(x.detach(), step_.detach()[index], range(bits));
}

void LearnedStep::collect(const std::string& prefix, std::vector<TensorRef>& tensors) {
  tensors.push_back({prefix + "_step", &step_, Role::step});
  if (initialized_.defined()) tensors.push_back({prefix + "_step_initialized", &initialized_, Role::buffer});
}

std::unique_ptr<Quantizer> LearnedStep::narrowed(int bits) const {
  auto copy = std::make_unique<LearnedStep>(*this);
  const auto index = index_of(bits);
  copy->options_.candidates = {bits};
  copy->step_ = step_.detach().slice(0, index, index + 1).clone().requires_grad_();
  if (initialized_.defined()) copy->initialized_ = initialized_.slice(0, index, index + 1).clone();
  return copy;
}

}  // namespace mpq::quant
