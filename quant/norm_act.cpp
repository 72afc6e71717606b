#include "quant/norm_act.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/error.h"
#include "quant/kernels.h"
#include "quant/layout.h"

namespace mpq::quant {
namespace {

constexpr auto kLayout = at::MemoryFormat::ChannelsLast;

torch::Tensor channels_last(const torch::Tensor& t) { return t.contiguous(kLayout); }
// Keeps the strides at that layout also where sizes of one make it ambiguous.
torch::Tensor empty_like_input(const torch::Tensor& x) {
  return at::empty(x.sizes(), x.options().requires_grad(false), kLayout);
}

/// [N, C, H, W] channels-last as rows × channels, cut into chunks.
struct Rows {
  std::int64_t count, channels, chunk;
  explicit Rows(const torch::Tensor& x)
      : count(x.size(0) * x.size(2) * x.size(3)),
        channels(x.size(1)),
        chunk(kernels::rows_per_chunk(channels)) {}
  std::int64_t chunks() const { return (count + chunk - 1) / chunk; }

  // Calls work(first value, rows, chunk index) for every chunk, in parallel.
  template <typename Work>
  void parallel(const Work& work) const {
    const auto grain = std::max<std::int64_t>(1, 2 * kernels::kGrain / (chunk * channels));
    at::parallel_for(0, chunks(), grain, [&](std::int64_t first, std::int64_t last) {
      for (auto i = first; i < last; ++i) work(i * chunk * channels, std::min(chunk, count - i * chunk), i);
    });
  }
};

template <typename T>
kernels::Bounds<T> bounds_of(Activation act) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  if (act == Activation::none) return {-kInfinity, kInfinity};
  return {T(0), act == Activation::relu ? kInfinity : T(6)};
}

// Mean and summed squared deviation, each per channel.
struct Moments {
  std::vector<double> mean, squares;
};

template <typename T>
Moments batch_moments(const torch::Tensor& x) {
  const Rows rows(x);
  const auto c_count = static_cast<std::size_t>(rows.channels);
  std::vector<double> sums(rows.chunks() * c_count), squares(rows.chunks() * c_count);
  const T* data = x.data_ptr<T>();
  rows.parallel([&](std::int64_t at, std::int64_t n, std::int64_t i) {
    kernels::channel_moments(data + at, n, rows.channels, &sums[i * c_count], &squares[i * c_count]);
  });
  Moments m{std::vector<double>(c_count, 0.0), std::vector<double>(c_count, 0.0)};
  for (std::size_t i = 0; i < sums.size(); ++i) m.mean[i % c_count] += sums[i];
  for (auto& mean : m.mean) mean /= static_cast<double>(rows.count);
  for (std::int64_t i = 0; i < rows.chunks(); ++i) {
    const auto n = static_cast<double>(std::min(rows.chunk, rows.count - i * rows.chunk));
    for (std::size_t c = 0; c < c_count; ++c) {
      const auto off = sums[i * c_count + c] / n - m.mean[c];
      m.squares[c] += squares[i * c_count + c] + n * off * off;
    }
  }
  return m;
}

template <typename T>
void move_running(const NormStatistics& statistics, const Moments& moments, std::int64_t count) {
  T* mean = statistics.running_mean.data_ptr<T>();
  T* var = statistics.running_var.data_ptr<T>();
  const auto move = [&](T stored, double batch) {
    return static_cast<T>(statistics.momentum * batch +
                          (1 - statistics.momentum) * static_cast<double>(stored));
  };
  for (std::size_t c = 0; c < moments.mean.size(); ++c) {
    mean[c] = move(mean[c], moments.mean[c]);
    var[c] = move(var[c], moments.squares[c] / static_cast<double>(count - 1));
  }
}

// [4, C]: mean, 1/√(variance + ε), and scale and shift of y = x·scale + shift.
template <typename T>
torch::Tensor fill_table(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                         const NormStatistics& statistics, double epsilon) {
  const Rows rows(x);
  const auto c_count = rows.channels;
  const auto table = at::empty({4, c_count}, weight.options().requires_grad(false));
  T *mean = table.template data_ptr<T>(), *inverse = mean + c_count, *scale = inverse + c_count;
  T* shift = scale + c_count;
  const T *w = weight.data_ptr<T>(), *b = bias.data_ptr<T>();
  const auto moments = statistics.use_batch ? batch_moments<T>(x) : Moments{};
  for (std::int64_t c = 0; c < c_count; ++c) {
    const auto variance = statistics.use_batch ? moments.squares[c] / static_cast<double>(rows.count)
                                               : static_cast<double>(statistics.running_var.data_ptr<T>()[c]);
    mean[c] =
        statistics.use_batch ? static_cast<T>(moments.mean[c]) : statistics.running_mean.data_ptr<T>()[c];
    inverse[c] = static_cast<T>(1 / std::sqrt(variance + epsilon));
    scale[c] = inverse[c] * w[c];
    shift[c] = b[c] - mean[c] * scale[c];
  }
  if (statistics.use_batch && statistics.momentum != 0) move_running<T>(statistics, moments, rows.count);
  return table;
}

template <typename T>
torch::Tensor normalise(const torch::Tensor& x, const torch::Tensor& table, Activation act,
                        const torch::Tensor& residual) {
  const Rows rows(x);
  const auto y = empty_like_input(x);
  const T *in = x.data_ptr<T>(), *scale = table.data_ptr<T>() + 2 * rows.channels,
          *shift = scale + rows.channels;
  const T* added = residual.defined() ? residual.data_ptr<T>() : nullptr;
  T* out = y.template data_ptr<T>();
  rows.parallel([&](std::int64_t at, std::int64_t n, std::int64_t) {
    kernels::norm_act(in + at, added ? added + at : nullptr, n, rows.channels, scale, shift,
                      bounds_of<T>(act), out + at);
  });
  return y;
}

struct Gradients {
  torch::Tensor x, weight, bias, residual;
};

// `y` is defined if the mask cannot be recomputed from x, because a residual was added in front of an
// activation.
template <typename T>
Gradients backward_of(const torch::Tensor& x, const torch::Tensor& table, const torch::Tensor& y,
                      const torch::Tensor& g, Activation act, bool use_batch) {
  const Rows rows(x);
  const auto c_count = static_cast<std::size_t>(rows.channels);
  const T *mean = table.data_ptr<T>(), *inverse = mean + c_count, *scale = inverse + c_count,
          *shift = scale + c_count;
  const T *in = x.data_ptr<T>(), *output = y.defined() ? y.data_ptr<T>() : nullptr,
          *gradient = g.data_ptr<T>();

  Gradients result;
  if (y.defined()) result.residual = empty_like_input(x);
  T* masked = y.defined() ? result.residual.template data_ptr<T>() : nullptr;
  std::vector<double> m(rows.chunks() * c_count), mx(rows.chunks() * c_count);
  kernels::NormBackward<T> parameters{mean, scale, shift, nullptr, nullptr, bounds_of<T>(act)};
  rows.parallel([&](std::int64_t at, std::int64_t n, std::int64_t i) {
    kernels::norm_act_backward_sums(in + at, output ? output + at : nullptr, gradient + at, n, rows.channels,
                                    parameters, masked ? masked + at : nullptr, &m[i * c_count],
                                    &mx[i * c_count]);
  });
  std::vector<double> sum_m(c_count, 0.0), sum_mx(c_count, 0.0);
  for (std::size_t i = 0; i < m.size(); ++i) sum_m[i % c_count] += m[i], sum_mx[i % c_count] += mx[i];

  result.weight = at::empty({rows.channels}, table.options());
  result.bias = at::empty({rows.channels}, table.options());
  std::vector<T> centre(c_count, T(0)), slope(c_count, T(0));
  for (std::size_t c = 0; c < c_count; ++c) {
    const auto inv = static_cast<double>(inverse[c]);
    result.weight.template data_ptr<T>()[c] = static_cast<T>(sum_mx[c] * inv);
    result.bias.template data_ptr<T>()[c] = static_cast<T>(sum_m[c]);
    if (!use_batch) continue;  // stored statistics do not depend on x
    centre[c] = static_cast<T>(sum_m[c] / static_cast<double>(rows.count));
    slope[c] = static_cast<T>(sum_mx[c] * inv * inv / static_cast<double>(rows.count));
  }
  parameters.centre = centre.data(), parameters.slope = slope.data();
  if (masked) gradient = masked, parameters.bounds = bounds_of<T>(Activation::none);
  result.x = empty_like_input(x);
  T* gx = result.x.template data_ptr<T>();
  rows.parallel([&](std::int64_t at, std::int64_t n, std::int64_t) {
    kernels::norm_act_backward(in + at, gradient + at, n, rows.channels, parameters, gx + at);
  });
  return result;
}

class Fused : public torch::autograd::Function<Fused> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const c10::optional<torch::Tensor>& residual_any,
                               const NormStatistics& statistics, double epsilon, Activation act) {
    const auto residual = residual_any ? channels_last(*residual_any) : torch::Tensor();
    return AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "norm_act", [&] {
      const auto table = fill_table<scalar_t>(x, weight, bias, statistics, epsilon);
      auto y = normalise<scalar_t>(x, table, act, residual);
      const bool keep_output = residual.defined() && act != Activation::none;
      context->save_for_backward({x, table, keep_output ? y : torch::Tensor()});
      context->saved_data["act"] = static_cast<std::int64_t>(act);
      context->saved_data["use_batch"] = statistics.use_batch;
      context->saved_data["residual"] = residual.defined();
      return y;
    });
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grads) {
    require(!torch::GradMode::is_enabled(),
            "a second derivative of the fused norm_act; compose it (ComposedScope)");
    const auto saved = context->get_saved_variables();
    const auto act = static_cast<Activation>(context->saved_data["act"].toInt());
    const auto g = channels_last(grads[0]);
    auto result = AT_DISPATCH_FLOATING_TYPES(g.scalar_type(), "norm_act", [&] {
      return backward_of<scalar_t>(saved[0], saved[1], saved[2], g, act,
                                   context->saved_data["use_batch"].toBool());
    });
    if (context->saved_data["residual"].toBool() && !result.residual.defined()) result.residual = g;
    return {result.x, result.weight, result.bias, result.residual, {}, {}, {}};
  }
};

torch::Tensor composed(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                       const NormStatistics& statistics, double epsilon, Activation act,
                       const torch::Tensor& residual) {
  const bool stored = !statistics.use_batch || statistics.momentum != 0;
  auto y = at::batch_norm(x, weight, bias, stored ? statistics.running_mean : torch::Tensor(),
                          stored ? statistics.running_var : torch::Tensor(), statistics.use_batch,
                          statistics.momentum, epsilon, /*cudnn_enabled=*/true);
  if (residual.defined()) y = y + residual;
  if (act == Activation::relu) return at::relu(y);
  return act == Activation::relu6 ? at::hardtanh(y, 0, 6) : y;
}

bool has_kernel(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& residual) {
  const auto type = x.scalar_type();
  return !composed_only() && x.device().is_cpu() && (type == torch::kFloat32 || type == torch::kFloat64) &&
         x.dim() == 4 && x.numel() > 0 && x.is_contiguous(kLayout) && weight.scalar_type() == type &&
         (!residual.defined() || (residual.scalar_type() == type && residual.sizes() == x.sizes()));
}

void check_storable(const torch::Tensor& x) {
  if (x.numel() / x.size(1) > 1) return;
  throw_input({"norm statistics of one value per channel",
               "a norm with input of " + std::to_string(x.size(1)) + " channels, batch of 1, 1 × 1 pixels",
               "more than one value per channel, or the variance is undefined",
               "use a batch of two or more images"});
}

}  // namespace

torch::Tensor norm_act(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                       const NormStatistics& statistics, double epsilon, Activation act,
                       const torch::Tensor& residual) {
  require(x.dim() >= 2 && weight.dim() == 1 && bias.dim() == 1 && x.size(1) == weight.size(0) &&
              bias.size(0) == weight.size(0),
          "norm_act: weight and bias are not one value per channel");
  if (act == Activation::hard_swish)
    return at::hardswish(norm_act(x, weight, bias, statistics, epsilon, Activation::none, residual));
  if (statistics.use_batch && statistics.momentum != 0 && x.numel() > 0) check_storable(x);
  if (!has_kernel(x, weight, residual)) return composed(x, weight, bias, statistics, epsilon, act, residual);
  c10::optional<torch::Tensor> added;  // an autograd function does not take an undefined tensor
  if (residual.defined()) added = residual;
  return Fused::apply(x, weight.contiguous(), bias.contiguous(), added, statistics, epsilon, act);
}

}  // namespace mpq::quant
