#include "models/network.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "models/load_state.h"
#include "quant/fixed_grid.h"

namespace mpq::models {

using quant::Bits;
using quant::FixedGrid;
using quant::kPinnedBits;
using quant::LayerFacts;
using quant::LayerKind;
using quant::LearnedStep;
using quant::Quantizer;
using quant::QuantizerKind;
using quant::Role;
using quant::SiteLists;
using quant::TensorRef;

namespace {

bool is_single_norm(const torch::Tensor& t) { return t.dim() == 3 && t.size(0) == 1 && t.size(1) == 1; }

std::int64_t position(const std::vector<int>& list, int bits) {
  const auto at = std::find(list.begin(), list.end(), bits);
  require(at != list.end(), "a policy asks for a width outside a site's candidates");
  return at - list.begin();
}

std::unique_ptr<Quantizer> weight_quantizer(const QuantizationSpec& spec, const std::vector<int>& list,
                                            const torch::Tensor& weight) {
  if (spec.quantizer == QuantizerKind::fixed_grid)
    return std::make_unique<FixedGrid>(list, weight.size(0), weight.options().requires_grad(false));
  return std::make_unique<LearnedStep>(
      quant::LearnedStepOptions{list, true, spec.weight_init, spec.scale_gradient}, weight);
}

std::unique_ptr<Quantizer> act_quantizer(const QuantizationSpec& spec, const std::vector<int>& list,
                                         const LayerFacts& facts, const torch::TensorOptions& options) {
  if (spec.quantizer == QuantizerKind::fixed_grid) return std::make_unique<FixedGrid>(list, 0, options);
  return std::make_unique<LearnedStep>(
      quant::LearnedStepOptions{list, facts.signed_input, spec.act_init, spec.scale_gradient}, options);
}

}  // namespace

std::vector<int> candidates_for(const LayerFacts& facts, std::vector<int> candidates) {
  if (facts.depthwise() && candidates.size() > 1 && candidates.back() == 2) candidates.pop_back();
  return candidates;
}

torch::Tensor ConvNorm::operator()(const torch::Tensor& x, Activation act,
                                   const torch::Tensor& residual) const {
  const auto z = conv_->forward(x);
  torch::Tensor y;
  // Behind a linear bottleneck no activation follows, and the residual is no part of what is compared.
  const bool linear = act == Activation::none && residual.defined();
  if (*tap_ == Tap::norm_output || (*tap_ == Tap::after_activation && linear)) {
    *feature_ = norm_->forward(z, Activation::none);
    y = activate(residual.defined() ? *feature_ + residual : *feature_, act);
  } else {
    y = norm_->forward(z, act, residual);
    if (*tap_ == Tap::after_activation) *feature_ = y;
  }
  return is_non_negative(act) ? quant::Trace::non_negative(y) : y;
}

bool is_non_negative(Activation act) { return act == Activation::relu || act == Activation::relu6; }

torch::Tensor activate(const torch::Tensor& x, Activation act) {
  switch (act) {
    case Activation::none:
      return x;
    case Activation::relu:
      return quant::Trace::non_negative(at::relu(x));
    case Activation::relu6:
      return quant::Trace::non_negative(
          at::hardtanh(x, 0, 6));  // no gradient at the ends, as in the fused norm
    case Activation::hard_swish:
      return at::hardswish(x);
  }
  return x;
}

namespace {
torch::Tensor with_sign_of(const torch::Tensor& x, torch::Tensor y) {
  return quant::Trace::is_non_negative(x) ? quant::Trace::non_negative(std::move(y)) : y;
}
}  // namespace

torch::Tensor global_average(const torch::Tensor& x) { return with_sign_of(x, x.mean({2, 3})); }

torch::Tensor max_pool(const torch::Tensor& x, std::int64_t kernel, std::int64_t stride) {
  return with_sign_of(x, at::max_pool2d(x, kernel, stride, (kernel - 1) / 2));
}

torch::Tensor average_to(const torch::Tensor& x, std::int64_t side) {
  return with_sign_of(x,
                      x.size(2) == side && x.size(3) == side ? x : at::adaptive_avg_pool2d(x, {side, side}));
}

torch::Tensor flattened(const torch::Tensor& x) { return with_sign_of(x, x.reshape({x.size(0), -1})); }

torch::Tensor gate(const torch::Tensor& x, const torch::Tensor& gates) { return with_sign_of(x, x * gates); }

Layer* Network::conv(const std::string& name, ConvShape shape) {
  LayerFacts facts;
  facts.name = name;
  facts.kind = layers_.empty() ? LayerKind::first_conv : LayerKind::conv;
  facts.in_channels = shape.in, facts.out_channels = shape.out, facts.groups = shape.groups;
  facts.kernel_h = facts.kernel_w = shape.kernel;
  facts.stride = shape.stride, facts.padding = shape.padding();
  layers_.push_back(std::make_unique<Layer>(facts, shape.bias));
  auto* layer = layers_.back().get();
  if (facts.is_site()) {
    sites_.push_back(layer);
    norm_of_site_.push_back(nullptr);
    features_.push_back(std::make_unique<torch::Tensor>());
  }
  return layer;
}

ConvNorm Network::conv_norm(const std::string& conv_name, const std::string& norm_name, ConvShape shape,
                            quant::NormSettings settings) {
  auto* layer = conv(conv_name, shape);
  norms_.push_back(std::make_unique<Norm>(norm_name, shape.out, settings));
  auto* norm = norms_.back().get();
  units_.push_back({layer, norm});
  auto* feature = unused_feature_.get();
  if (layer->facts().is_site()) {
    norm_of_site_.back() = norm;
    feature = features_.back().get();
  }
  return {layer, norm, &tap_, feature};
}

Layer* Network::linear(const std::string& name, std::int64_t in, std::int64_t out) {
  LayerFacts facts;
  facts.name = name, facts.kind = LayerKind::linear, facts.in_channels = in, facts.out_channels = out;
  layers_.push_back(std::make_unique<Layer>(facts, true));
  return layers_.back().get();
}

void Network::block(std::string name, std::function<torch::Tensor(const torch::Tensor&)> forward) {
  Block block{std::move(name), std::move(forward), {}};
  for (; first_site_of_block_ < sites_.size(); ++first_site_of_block_)
    block.sites.push_back(first_site_of_block_);
  blocks_.push_back(std::move(block));
}

void Network::finish(std::int64_t channels, std::int64_t height, std::int64_t width) {
  const torch::NoGradGuard no_grad;
  const quant::Trace trace;
  forward(torch::zeros({1, channels, height, width}));
}

void Network::draw_weights(std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    RandomStream stream(seed, "init", i);
    auto& weight = layers_[i]->weight();
    const auto fan_in = static_cast<double>(weight.numel() / weight.size(0));
    auto values = torch::empty(weight.sizes());  // drawn in row-major order, whatever the memory format
    auto* data = values.data_ptr<float>();
    for (std::int64_t k = 0; k < values.numel(); ++k)
      data[k] = static_cast<float>(stream.normal() * std::sqrt(2.0 / fan_in));
    weight.detach().copy_(values);
  }
}

torch::Tensor Network::forward(const torch::Tensor& images) {
  if (meter_) meter_->now().forward_images += images.size(0);
  auto x = images;
  for (const auto& block : blocks_) x = block.forward(x);
  return x;
}

std::vector<LayerFacts> Network::facts() const {
  std::vector<LayerFacts> facts;
  for (const auto& layer : layers_) facts.push_back(layer->facts());
  return facts;
}

std::vector<SiteLists> Network::construction_lists() const {
  std::vector<SiteLists> lists;
  for (const auto* site : sites_) lists.push_back(site->construction_lists());
  return lists;
}

std::vector<SiteLists> Network::current_lists() const {
  std::vector<SiteLists> lists;
  for (const auto* site : sites_) lists.push_back(site->current_lists());
  return lists;
}

void Network::set_current_lists(const std::vector<SiteLists>& lists) {
  require(lists.size() == sites_.size(), "lists of candidates do not fit the network");
  for (std::size_t i = 0; i < sites_.size(); ++i) sites_[i]->current_lists() = lists[i];
}

void Network::quantize(const QuantizationSpec& spec) {
  require(!quantized_, "a network is quantized twice");
  quantized_ = true;
  spec_ = spec;
  std::sort(spec_.candidates.begin(), spec_.candidates.end(), std::greater<>());
  std::size_t site = 0;
  for (auto& layer : layers_) {
    const auto& facts = layer->facts();
    const auto list =
        facts.is_site() ? candidates_for(facts, spec_.candidates) : std::vector<int>{kPinnedBits};
    auto weight = weight_quantizer(spec_, list, layer->weight());
    std::unique_ptr<Quantizer> act;
    // The picture itself stays in float, for every method (charged 8 × 8, executed 8 × 32).
    if (facts.kind != LayerKind::first_conv)
      act = act_quantizer(spec_, list, facts, layer->weight().options().requires_grad(false));
    layer->attach(std::move(weight), std::move(act), {list, list});
    if (!facts.is_site()) continue;
    if (auto* norm = norm_of_site_[site]; norm && spec_.norm_bank)
      norm->make_bank(std::ssize(list), std::ssize(list));
    ++site;
  }
}

void Network::set_policy(const Policy& policy) {
  require(policy.size() == sites_.size(), "a policy does not fit the network");
  for (std::size_t i = 0; i < policy.size(); ++i) {
    sites_[i]->set_bits(policy[i]);
    if (!quantized_) continue;
    const auto& lists = sites_[i]->construction_lists();
    const auto w = position(lists.weight, policy[i].weight), a = position(lists.act, policy[i].act);
    if (auto* norm = norm_of_site_[i]; norm && spec_.norm_bank) norm->select(w, a);
  }
}

Policy Network::policy() const {
  Policy policy;
  for (const auto* site : sites_) policy.push_back(site->bits());
  return policy;
}

void Network::narrow() {
  const auto kept = policy();
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const auto& lists = sites_[i]->construction_lists();
    if (auto* norm = norm_of_site_[i]; norm && spec_.norm_bank)
      norm->narrow(position(lists.weight, kept[i].weight), position(lists.act, kept[i].act));
    sites_[i]->narrow(kept[i]);
  }
  spec_.norm_bank = false;
}

void Network::set_norm_use(quant::NormUse use) {
  for (auto& norm : norms_) norm->set_use(use);
}

void Network::reset_norm_statistics(bool all) {
  for (auto& norm : norms_) norm->reset_statistics(all);
}

std::vector<torch::Tensor> Network::take_features() {
  std::vector<torch::Tensor> taken;
  for (auto& feature : features_) taken.push_back(std::exchange(*feature, {}));
  return taken;
}

std::vector<TensorRef> Network::tensors() {
  std::vector<TensorRef> all;
  for (auto& layer : layers_) layer->collect(all);
  for (auto& norm : norms_) norm->collect(all);
  return all;
}

StateDict Network::state() {
  StateDict state;
  for (const auto& ref : tensors()) {
    const auto copy = ref.tensor->detach().clone();
    state.emplace_back(ref.name, is_single_norm(copy) ? copy.view({-1}) : copy);
  }
  return state;
}

void Network::load(const StateDict& state, const std::string& where) {
  std::vector<std::pair<std::string, torch::Tensor>> targets;
  for (const auto& ref : tensors()) targets.emplace_back(ref.name, ref.tensor->detach());
  load_state(state, targets, where);
}

void Network::load_published(const StateDict& tensors, const std::map<std::string, std::string>& renames,
                             const std::string& where) {
  require(!quantized_, "a published float checkpoint is loaded into a quantized network");
  std::set<std::string> given;
  for (const auto& [name, tensor] : tensors) given.insert(renamed(name, renames));
  StateDict targets;
  std::set<std::string> folded_names;
  std::vector<std::pair<Norm*, torch::Tensor>> folded;
  for (const auto& [conv, norm] : units_) {
    if (conv->bias().defined() || !given.contains(conv->name() + ".bias") ||
        given.contains(norm->name() + ".weight"))
      continue;
    folded.emplace_back(norm,
                        torch::empty({norm->channels()}, conv->weight().options().requires_grad(false)));
    targets.emplace_back(conv->name() + ".bias", folded.back().second);
    std::vector<TensorRef> refs;
    norm->collect(refs);
    for (const auto& ref : refs) folded_names.insert(ref.name);
  }
  for (const auto& ref : this->tensors())
    if (!ref.name.ends_with(".used") && !folded_names.contains(ref.name))
      targets.emplace_back(ref.name, ref.tensor->detach());
  load_state(tensors, targets, where, renames);
  for (auto& [norm, bias] : folded) norm->set_identity(bias);
}

void Network::to(torch::Dtype dtype) {
  for (const auto& ref : tensors()) {
    if (!ref.tensor->is_floating_point()) continue;
    const bool trained = ref.tensor->requires_grad();
    *ref.tensor = ref.tensor->detach().to(dtype);
    if (trained) ref.tensor->requires_grad_();
  }
}

Json Network::structure() const {
  return {{"quantized", quantized_},
          {"quantizer", spec_.quantizer == QuantizerKind::fixed_grid ? "fixed_grid" : "learned_step"},
          {"norm_bank", spec_.norm_bank},
          {"candidates", spec_.candidates},
          {"scale_gradient", spec_.scale_gradient},
          {"sites", quant::to_json(construction_lists())},
          {"policy", quant::to_json(policy())}};
}

void Network::restore_structure(const Json& structure) {
  if (!structure.at("quantized").get<bool>()) return;
  QuantizationSpec spec;
  spec.candidates = structure.at("candidates").get<std::vector<int>>();
  if (structure.value("quantizer", "learned_step") == "fixed_grid")
    spec.quantizer = QuantizerKind::fixed_grid;
  spec.scale_gradient = structure.at("scale_gradient");
  spec.norm_bank = structure.at("norm_bank");
  quantize(spec);
  const auto policy = quant::policy_from_json(structure.at("policy"));
  set_policy(policy);
  const auto& sites = structure.at("sites");
  const bool narrowed =
      std::all_of(sites.begin(), sites.end(), [](const Json& s) { return s.at("weight").size() == 1; });
  if (narrowed) narrow();
}

}  // namespace mpq::models
