#include "quant/norm.h"

#include "core/error.h"

namespace mpq::quant {
namespace {
constexpr std::int64_t kFixed = -1;  // as a count of batches: statistics are part of the weights
bool is_fixed_count(std::int64_t batches) { return batches < 0; }
}  // namespace

Norm::Norm(std::string name, std::int64_t channels, NormSettings settings)
    : name_(std::move(name)), settings_(settings) {
  weight_ = torch::ones({1, 1, channels}).requires_grad_();
  bias_ = torch::zeros({1, 1, channels}).requires_grad_();
  running_mean_ = torch::zeros({1, 1, channels});
  running_var_ = torch::ones({1, 1, channels});
  batches_ = torch::zeros({1, 1}, torch::kInt64);
  used_ = torch::zeros({1, 1}, torch::kUInt8);
}

torch::Tensor Norm::forward(const torch::Tensor& x, Activation act, const torch::Tensor& residual) {
  const auto entry = w_ * weight_.size(1) + a_;
  const auto channels = weight_.size(2);
  const auto pick = [&](const torch::Tensor& bank) { return bank.view({-1, channels}).select(0, entry); };

  NormStatistics statistics;
  statistics.running_mean = pick(running_mean_);
  statistics.running_var = pick(running_var_);
  auto& count = batches_.data_ptr<std::int64_t>()[entry];
  const bool fixed = is_fixed_count(count);
  statistics.use_batch = !fixed && use_ != NormUse::stored;
  if (!fixed && (use_ == NormUse::update || use_ == NormUse::recalibrate)) {
    ++count;
    statistics.momentum = use_ == NormUse::update ? settings_.momentum : 1.0 / static_cast<double>(count);
  }
  if (use_ == NormUse::update && torch::GradMode::is_enabled()) used_.data_ptr<std::uint8_t>()[entry] = 1;
  return norm_act(x, pick(weight_), pick(bias_), statistics, settings_.epsilon, act, residual);
}

void Norm::make_bank(std::int64_t weight_widths, std::int64_t act_widths) {
  require(weight_.size(0) == 1 && weight_.size(1) == 1, "a norm bank is made twice");
  const torch::NoGradGuard no_grad;
  const auto spread = [&](const torch::Tensor& t) {
    return t.detach().expand({weight_widths, act_widths, t.size(2)}).contiguous().clone();
  };
  weight_ = spread(weight_).requires_grad_();
  bias_ = spread(bias_).requires_grad_();
  running_mean_ = spread(running_mean_);
  running_var_ = spread(running_var_);
  batches_ = torch::full({weight_widths, act_widths}, is_fixed() ? kFixed : 0, torch::kInt64);
  used_ = torch::zeros({weight_widths, act_widths}, torch::kUInt8);
}

void Norm::narrow(std::int64_t w, std::int64_t a) {
  for (auto* tensor : {&weight_, &bias_, &running_mean_, &running_var_, &batches_, &used_}) {
    const bool trained = tensor->requires_grad();
    *tensor = tensor->detach().slice(0, w, w + 1).slice(1, a, a + 1).clone();
    if (trained) tensor->requires_grad_();
  }
  select(0, 0);
}

void Norm::select(std::int64_t w, std::int64_t a) {
  w_ = w;
  a_ = a;
}

void Norm::set_use(NormUse use) { use_ = use; }

bool Norm::is_fixed() const { return is_fixed_count(*batches_.data_ptr<std::int64_t>()); }

void Norm::reset_statistics(bool all) {
  if (is_fixed()) return;
  const torch::NoGradGuard no_grad;
  const auto picked = [&](torch::Tensor& t) { return all ? t : t[w_][a_]; };
  picked(running_mean_).zero_();
  picked(running_var_).fill_(1);
  picked(batches_).zero_();
}

void Norm::set_identity(const torch::Tensor& bias) {
  const torch::NoGradGuard no_grad;
  reset_statistics(/*all=*/true);
  running_var_.fill_(1 - settings_.epsilon);
  weight_.fill_(1);
  bias_.copy_(bias.expand_as(bias_));
  batches_.fill_(kFixed);
}

void Norm::collect(std::vector<TensorRef>& tensors) {
  tensors.push_back({name_ + ".weight", &weight_, Role::rest});
  tensors.push_back({name_ + ".bias", &bias_, Role::rest});
  tensors.push_back({name_ + ".running_mean", &running_mean_, Role::buffer});
  tensors.push_back({name_ + ".running_var", &running_var_, Role::buffer});
  tensors.push_back({name_ + ".num_batches_tracked", &batches_, Role::buffer});
  tensors.push_back({name_ + ".used", &used_, Role::buffer});
}

}  // namespace mpq::quant
