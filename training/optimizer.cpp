#include "training/optimizer.h"

#include <cmath>
#include <map>

#include "core/error.h"

namespace mpq::training {

using quant::Role;

namespace {
constexpr double kAdamMean = 0.9, kAdamSquare = 0.999, kAdamEpsilon = 1e-8;
// Adam moves by the learning rate whatever the size of a step; one of 6 bits is soon passed through zero
// (rfquant.md, quirk 34). No step may lose more than half of itself at once.
constexpr double kLeastOfStepKept = 0.5;
}  // namespace

Optimizer::Optimizer(std::vector<quant::TensorRef> tensors, Recipe recipe)
    : tensors_(std::move(tensors)),
      recipe_(std::move(recipe)),
      momentum_(tensors_.size()),
      moments_(tensors_.size()) {}

void Optimizer::zero_gradients() {
  for (const auto& ref : tensors_)
    if (ref.tensor->grad().defined()) ref.tensor->mutable_grad().zero_();
}

void Optimizer::clip(double limit) {
  for (const auto& ref : tensors_)
    if (ref.tensor->grad().defined()) ref.tensor->mutable_grad().clamp_(-limit, limit);
}

void Optimizer::step(double learning_rate, double step_learning_rate) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i].role == Role::buffer || !tensors_[i].tensor->grad().defined()) continue;
    if (tensors_[i].role == Role::step)
      adam(i, step_learning_rate);
    else
      sgd(i, learning_rate);
  }
}

void Optimizer::sgd(std::size_t i, double learning_rate) {
  auto& parameter = *tensors_[i].tensor;
  auto gradient = parameter.grad();
  if (tensors_[i].role == Role::weight && recipe_.weight_decay != 0)
    gradient = gradient.add(parameter, recipe_.weight_decay);
  if (recipe_.momentum != 0) {
    auto& momentum = momentum_[i];
    if (!momentum.defined())
      momentum = gradient.clone();
    else
      momentum.mul_(recipe_.momentum).add_(gradient);
    gradient = recipe_.nesterov ? gradient.add(momentum, recipe_.momentum) : momentum;
  }
  parameter.add_(gradient, -learning_rate);
}

void Optimizer::adam(std::size_t i, double learning_rate) {
  auto& parameter = *tensors_[i].tensor;
  const auto& gradient = parameter.grad();
  auto& m = moments_[i];
  if (!m.mean.defined()) m = {torch::zeros_like(parameter), torch::zeros_like(parameter), 0};
  ++m.count;
  m.mean.mul_(kAdamMean).add_(gradient, 1 - kAdamMean);
  m.square.mul_(kAdamSquare).addcmul_(gradient, gradient, 1 - kAdamSquare);
  const double correct_mean = 1 - std::pow(kAdamMean, m.count),
               correct_square = 1 - std::pow(kAdamSquare, m.count);
  const auto scale = (m.square.sqrt() / std::sqrt(correct_square)).add_(kAdamEpsilon);
  const auto least = parameter.detach() * kLeastOfStepKept;
  parameter.addcdiv_(m.mean, scale, -learning_rate / correct_mean);
  parameter.copy_(at::maximum(parameter, least));
}

models::StateDict Optimizer::state() const {
  models::StateDict state;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto& name = tensors_[i].name;
    if (momentum_[i].defined()) state.emplace_back("sgd/" + name, momentum_[i]);
    if (!moments_[i].mean.defined()) continue;
    state.emplace_back("adam_mean/" + name, moments_[i].mean);
    state.emplace_back("adam_square/" + name, moments_[i].square);
    state.emplace_back("adam_count/" + name, torch::tensor({moments_[i].count}));
  }
  return state;
}

void Optimizer::load(const models::StateDict& state) {
  std::map<std::string, torch::Tensor> given(state.begin(), state.end());
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto& name = tensors_[i].name;
    const auto take = [&](const std::string& kind) {
      const auto found = given.find(kind + "/" + name);
      // The memory format of the parameter is kept: sums in another order would give other bits.
      return found == given.end() ? torch::Tensor()
                                  : torch::empty_like(tensors_[i].tensor->detach()).copy_(found->second);
    };
    momentum_[i] = take("sgd");
    moments_[i] = {take("adam_mean"), take("adam_square"), 0};
    if (const auto count = given.find("adam_count/" + name); count != given.end())
      moments_[i].count = count->second.item<std::int64_t>();
  }
}

MovingAverage::MovingAverage(const std::vector<quant::TensorRef>& tensors, double decay,
                             bool follow_initialisation)
    : decay_(decay), follow_initialisation_(follow_initialisation) {
  for (const auto& ref : tensors) average_.emplace_back(ref.name, ref.tensor->detach().clone());
}

void MovingAverage::adopt_new_steps(const std::vector<quant::TensorRef>& tensors) {
  for (std::size_t i = 1; i < tensors.size(); ++i) {
    if (tensors[i].name != tensors[i - 1].name + "_initialized") continue;
    auto& flags = average_[i].second;
    const auto fresh = tensors[i].tensor->ne(flags);
    average_[i - 1].second.copy_(
        torch::where(fresh, tensors[i - 1].tensor->detach(), average_[i - 1].second));
    flags.copy_(*tensors[i].tensor);
  }
}

void MovingAverage::update(const std::vector<quant::TensorRef>& tensors) {
  const torch::NoGradGuard no_grad;
  if (follow_initialisation_) adopt_new_steps(tensors);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    auto& average = average_[i].second;
    const auto now = tensors[i].tensor->detach();
    if (average.is_floating_point())
      average.mul_(decay_).add_(now, 1 - decay_);
    else if (average.scalar_type() ==
             torch::kInt64)  // counters are cut back to integers every time (quirk 14)
      average.copy_((average.to(torch::kFloat64) * decay_ + now.to(torch::kFloat64) * (1 - decay_)).trunc());
    else
      average.copy_(now);
  }
}

models::StateDict MovingAverage::state() const { return average_; }

void MovingAverage::load(const models::StateDict& state) {
  require(state.size() == average_.size(), "a moving average does not fit the network");
  for (std::size_t i = 0; i < state.size(); ++i) average_[i].second.copy_(state[i].second);
}

}  // namespace mpq::training
