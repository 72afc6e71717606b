#include "search/hessian_trace.h"

#include <torch/autograd.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/stop.h"
#include "quant/composed.h"

namespace mpq::search {
namespace {

std::vector<torch::Tensor> draw_signs(const std::vector<torch::Tensor>& weights, RandomStream stream) {
  std::vector<torch::Tensor> signs;
  for (const auto& weight : weights) {
    auto flat = torch::empty({weight.numel()}, torch::kFloat32);
    auto* data = flat.data_ptr<float>();
    for (std::int64_t i = 0; i < flat.numel(); ++i) data[i] = (stream.next_u32() & 1u) ? 1.0f : -1.0f;
    signs.push_back(flat.view(weight.sizes()).to(weight.scalar_type()));
  }
  return signs;
}

// One Hessian-vector product of the mean loss over all images, for all sites.
std::vector<torch::Tensor> hessian_product(models::Network& network,
                                           const std::vector<torch::Tensor>& weights,
                                           const std::vector<torch::Tensor>& vector,
                                           const torch::Tensor& images, const torch::Tensor& labels,
                                           std::int64_t batch) {
  std::vector<torch::Tensor> product;
  for (std::int64_t begin = 0; begin < images.size(0); begin += batch) {
    throw_if_stopped();
    const auto end = std::min(begin + batch, images.size(0));
    const double share = static_cast<double>(end - begin) / static_cast<double>(images.size(0));
    const auto loss =
        at::cross_entropy_loss(network.forward(images.slice(0, begin, end)), labels.slice(0, begin, end)) *
        share;
    const auto gradients =
        torch::autograd::grad({loss}, weights, {}, /*retain_graph=*/true, /*create_graph=*/true);
    const auto part = torch::autograd::grad(gradients, weights, vector);
    if (auto* meter = network.meter()) {
      meter->now().backward_images += 3 * (end - begin);  // a gradient, and the gradient of a gradient
      ++meter->now().hessian_products;
    }
    for (std::size_t l = 0; l < weights.size(); ++l)
      if (product.size() <= l)
        product.push_back(part[l]);
      else
        product[l] = product[l] + part[l];
  }
  return product;
}

}  // namespace

HessianTrace hessian_trace(models::Network& network, const torch::Tensor& images, const torch::Tensor& labels,
                           int probes, std::uint64_t seed, std::int64_t batch,
                           const std::function<void(int)>& on_probe) {
  require(!network.is_quantized(), "a Hessian trace is asked of a quantized network");
  const quant::ComposedScope differentiable_twice;
  network.set_norm_use(quant::NormUse::stored);
  std::vector<torch::Tensor> weights;
  for (auto* site : network.sites()) weights.push_back(site->weight());
  std::vector<double> sum(weights.size(), 0), squares(weights.size(), 0);
  for (int p = 0; p < probes; ++p) {
    const auto signs = draw_signs(weights, RandomStream(seed, "hutchinson", static_cast<std::uint64_t>(p)));
    const auto product = hessian_product(network, weights, signs, images, labels, batch);
    for (std::size_t l = 0; l < weights.size(); ++l) {
      const auto sample = (signs[l] * product[l]).sum().item<double>();
      sum[l] += sample;
      squares[l] += sample * sample;
    }
    if (on_probe) on_probe(p + 1);
  }
  HessianTrace result;
  for (std::size_t l = 0; l < weights.size(); ++l) {
    const double mean = sum[l] / probes;
    const double variance =
        probes > 1 ? std::max(0.0, squares[l] / probes - mean * mean) * probes / (probes - 1) : 0;
    result.trace.push_back(mean);
    result.standard_error.push_back(std::sqrt(variance / probes));
  }
  return result;
}

}  // namespace mpq::search
