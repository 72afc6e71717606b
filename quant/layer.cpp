#include "quant/layer.h"

#include <algorithm>

#include "core/error.h"

namespace mpq::quant {
namespace {
thread_local Trace* current_trace = nullptr;
}  // namespace

Trace::Trace() {
  require(current_trace == nullptr, "a trace inside a trace");
  current_trace = this;
}
Trace::~Trace() { current_trace = nullptr; }
bool Trace::active() { return current_trace != nullptr; }

torch::Tensor Trace::non_negative(torch::Tensor x) {
  if (current_trace) current_trace->marked_.push_back(x);
  return x;
}

bool Trace::is_non_negative(const torch::Tensor& x) {
  return current_trace && std::any_of(current_trace->marked_.begin(), current_trace->marked_.end(),
                                      [&](const torch::Tensor& marked) { return marked.is_same(x); });
}

Layer::Layer(LayerFacts facts, bool has_bias) : facts_(std::move(facts)) {
  if (facts_.kind == LayerKind::linear) {
    weight_ = torch::zeros({facts_.out_channels, facts_.in_channels});
  } else {
    weight_ = torch::zeros(
                  {facts_.out_channels, facts_.in_channels / facts_.groups, facts_.kernel_h, facts_.kernel_w})
                  .contiguous(at::MemoryFormat::ChannelsLast);
  }
  weight_.requires_grad_();
  if (has_bias) bias_ = torch::zeros({facts_.out_channels}).requires_grad_();
}

torch::Tensor Layer::forward(const torch::Tensor& given) {
  if (Trace::active()) {
    facts_.signed_input = !Trace::is_non_negative(given);
    if (given.dim() == 4) facts_.in_h = given.size(2), facts_.in_w = given.size(3);
  }
  const auto x = change_ ? change_(given) : given;
  const auto input =
      act_quantizer_ && bits_.act < kFloatBits ? act_quantizer_->fake_quantize(x, bits_.act) : x;
  const auto weight = weight_quantizer_ && bits_.weight < kFloatBits
                          ? weight_quantizer_->fake_quantize(weight_, bits_.weight)
                          : weight_;
  if (facts_.kind == LayerKind::linear) return at::linear(input, weight, bias_);
  auto y = at::conv2d(input, weight, bias_, facts_.stride, facts_.padding, 1, facts_.groups);
  if (Trace::active()) facts_.out_h = y.size(2), facts_.out_w = y.size(3);
  return y;
}

void Layer::attach(std::unique_ptr<Quantizer> weight, std::unique_ptr<Quantizer> act, SiteLists lists) {
  weight_quantizer_ = std::move(weight);
  act_quantizer_ = std::move(act);
  construction_ = current_ = std::move(lists);
  bits_ = {construction_.weight.front(), construction_.act.front()};
}

void Layer::narrow(Bits bits) {
  if (weight_quantizer_) weight_quantizer_ = weight_quantizer_->narrowed(bits.weight);
  if (act_quantizer_) act_quantizer_ = act_quantizer_->narrowed(bits.act);
  construction_ = current_ = {{bits.weight}, {bits.act}};
  bits_ = bits;
}

Bits Layer::executed_bits() const {
  return {weight_quantizer_ ? bits_.weight : kFloatBits, act_quantizer_ ? bits_.act : kFloatBits};
}

void Layer::collect(std::vector<TensorRef>& tensors) {
  // Of the parameters those of four dimensions decay (rfquant.md §7): linear weights do not.
  tensors.push_back({name() + ".weight", &weight_, weight_.dim() == 4 ? Role::weight : Role::rest});
  if (bias_.defined()) tensors.push_back({name() + ".bias", &bias_, Role::rest});
  if (weight_quantizer_) weight_quantizer_->collect(name() + ".weight", tensors);
  if (act_quantizer_) act_quantizer_->collect(name() + ".act", tensors);
}

}  // namespace mpq::quant
