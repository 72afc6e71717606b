#include "quant/fixed_grid.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace mpq::quant {
namespace {

constexpr int kShrinks = 80;
constexpr double kPower = 2.4;
constexpr std::int64_t kMostSamples = std::int64_t{1} << 20;

double lowest_code(int bits, bool affine) { return affine ? 0 : -std::exp2(bits - 1); }
double highest_code(int bits, bool affine) { return std::exp2(affine ? bits : bits - 1) - 1; }

/// Values in memory order, every `stride`-th where there are many. The stride shares no factor with the number
/// of channels, so that all of them are seen.
torch::Tensor sample(const torch::Tensor& x) {
  const auto flat = (x.dim() == 4 ? x.permute({0, 2, 3, 1}) : x).reshape({1, -1});
  auto stride = (flat.numel() + kMostSamples - 1) / kMostSamples;
  if (stride <= 1) return flat;
  while (std::gcd(stride, x.size(1)) != 1) ++stride;
  return flat.slice(1, 0, flat.size(1), stride).contiguous();
}

torch::Tensor shaped_for(const torch::Tensor& per_channel, const torch::Tensor& weight) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
  shape.front() = per_channel.numel();
  return per_channel.view(shape);
}

}  // namespace

Grid search_grid(const torch::Tensor& rows, int bits, bool affine, const torch::Tensor& lowest,
                 const torch::Tensor& highest) {
  const torch::NoGradGuard no_grad;
  const double low_code = lowest_code(bits, affine), high_code = highest_code(bits, affine);
  const auto low = (lowest.defined() ? lowest : rows.amin(1)).clamp_max(0);
  const auto high = (highest.defined() ? highest : rows.amax(1)).clamp_min(0);
  auto widest = affine ? (high - low) / high_code : torch::maximum(high, -low) / high_code;
  widest = torch::where(widest > 0, widest, torch::ones_like(widest));  // all zero: any step will do
  const auto zero = affine ? torch::round(-low / widest) : torch::zeros_like(widest);
  auto best_step = widest.clone();
  auto best_error = torch::full_like(widest, INFINITY);
  for (int shrink = 0; shrink < kShrinks; ++shrink) {
    const auto step = widest * (1 - 0.01 * shrink);
    const auto s = step.unsqueeze(1), z = zero.unsqueeze(1);
    const auto y = (rows / s).round_().add_(z).clamp_(low_code, high_code).sub_(z).mul_(s);
    const auto error = y.sub_(rows).abs_().pow_(kPower).mean(1);
    const auto better = error < best_error;
    best_step = torch::where(better, step, best_step);
    best_error = torch::where(better, error, best_error);
  }
  return {best_step, zero};
}

FixedGrid::FixedGrid(std::vector<int> candidates, std::int64_t channels, torch::TensorOptions tensor_options)
    : candidates_(std::move(candidates)), per_channel_(channels > 0) {
  const auto count = std::ssize(candidates_);
  step_ = torch::ones({count, std::max<std::int64_t>(1, channels)}, tensor_options);
  zero_ = torch::zeros_like(step_);
  found_ = torch::zeros({count}, tensor_options);
}

std::int64_t FixedGrid::index_of(int bits) const {
  const auto at = std::find(candidates_.begin(), candidates_.end(), bits);
  require(at != candidates_.end(), "a grid is asked for a width it does not have");
  return at - candidates_.begin();
}

void FixedGrid::search_if_first_use(const torch::Tensor& x, std::int64_t index, int bits) {
  if (found_[index].item<double>() != 0) return;
  const torch::NoGradGuard no_grad;
  const auto values = x.detach();
  const auto grid = per_channel_ ? search_grid(values.reshape({values.size(0), -1}), bits, /*affine=*/false)
                                 : search_grid(sample(values), bits, /*affine=*/true, values.min().view({1}),
                                               values.max().view({1}));
  step_[index].copy_(grid.step);
  zero_[index].copy_(grid.zero);
  found_[index].fill_(1);
}

FixedGrid::Chosen FixedGrid::chosen(const torch::Tensor& x, int bits) const {
  const auto index = index_of(bits);
  const auto shaped = [&](const torch::Tensor& bank) {
    return per_channel_ ? shaped_for(bank[index], x) : bank[index];
  };
  return {shaped(step_), shaped(zero_), lowest_code(bits, !per_channel_), highest_code(bits, !per_channel_)};
}

torch::Tensor FixedGrid::fake_quantize(const torch::Tensor& x, int bits) {
  search_if_first_use(x, index_of(bits), bits);
  const auto [step, zero, low, high] = chosen(x, bits);
  const auto code = (x.detach() / step).round_().add_(zero);
  torch::Tensor passing;
  if (torch::GradMode::is_enabled() && x.requires_grad())
    passing = x * code.ge(low).logical_and_(code.le(high)).to(x.scalar_type());
  const auto y = code.clamp_(low, high).sub_(zero).mul_(step);
  return passing.defined() ? y + (passing - passing.detach()) : y;
}

torch::Tensor FixedGrid::codes(const torch::Tensor& x, int bits) {
  search_if_first_use(x, index_of(bits), bits);
  const auto [step, zero, low, high] = chosen(x, bits);
  return (x.detach() / step).round_().add_(zero).clamp_(low, high).to(torch::kInt32);
}

void FixedGrid::collect(const std::string& prefix, std::vector<TensorRef>& tensors) {
  tensors.push_back({prefix + "_grid_step", &step_, Role::buffer});
  tensors.push_back({prefix + "_grid_zero", &zero_, Role::buffer});
  tensors.push_back({prefix + "_grid_found", &found_, Role::buffer});
}

std::unique_ptr<Quantizer> FixedGrid::narrowed(int bits) const {
  auto copy = std::make_unique<FixedGrid>(*this);
  const auto index = index_of(bits);
  copy->candidates_ = {bits};
  for (auto* tensor : {&copy->step_, &copy->zero_, &copy->found_})
    *tensor = tensor->slice(0, index, index + 1).clone();
  return copy;
}

}  // namespace mpq::quant
