#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "quant/cost.h"
#include "quant/quantizer.h"

namespace mpq::quant {

/// A convolution or linear layer that is quantizable from birth: at 32 bits it is the float layer. Widths are
/// set at run time; candidate lists say which exist (construction) and which may be drawn now (current).
class Layer {
 public:
  explicit Layer(LayerFacts facts, bool has_bias);

  /// Convolution: x [N, C, H, W] → [N, C', H', W']; linear: [N, C] → [N, C'].
  torch::Tensor forward(const torch::Tensor& x);

  /// Gives the layer quantizers and candidate lists; a null `act` leaves the input in float. Sets the widths
  /// to the largest candidates.
  void attach(std::unique_ptr<Quantizer> weight, std::unique_ptr<Quantizer> act, SiteLists lists);
  /// Keeps only what `bits` needs.
  void narrow(Bits bits);
  void set_bits(Bits bits) { bits_ = bits; }
  /// Widths in use. 32: float.
  Bits bits() const { return bits_; }
  /// Widths the layer really computes with: as bits(), but 32 where there is no quantizer.
  Bits executed_bits() const;

  const LayerFacts& facts() const { return facts_; }
  LayerFacts& facts() { return facts_; }
  const std::string& name() const { return facts_.name; }
  const SiteLists& construction_lists() const { return construction_; }
  SiteLists& current_lists() { return current_; }
  const SiteLists& current_lists() const { return current_; }

  torch::Tensor& weight() { return weight_; }
  torch::Tensor& bias() { return bias_; }
  /// Null when the layer is float.
  Quantizer* weight_quantizer() { return weight_quantizer_.get(); }
  Quantizer* act_quantizer() { return act_quantizer_.get(); }
  void collect(std::vector<TensorRef>& tensors);

  /// What happens to every input before it is quantized (dropout); empty: nothing.
  void change_input(std::function<torch::Tensor(const torch::Tensor&)> change) {
    change_ = std::move(change);
  }

 private:
  LayerFacts facts_;
  std::function<torch::Tensor(const torch::Tensor&)> change_;
  torch::Tensor weight_, bias_;
  std::unique_ptr<Quantizer> weight_quantizer_, act_quantizer_;
  SiteLists construction_, current_;
  Bits bits_;
};

/// Records geometry and signedness of every layer's input while a network runs once on a picture of zeros.
/// Signedness is a fact of the graph: an input is unsigned iff it comes from an operation marked
/// non-negative.
class Trace {
 public:
  Trace();
  ~Trace();
  /// Says that `x` has no negative values. Nothing happens outside a trace.
  static torch::Tensor non_negative(torch::Tensor x);
  /// Whether `x` was marked. False outside a trace.
  static bool is_non_negative(const torch::Tensor& x);
  static bool active();

 private:
  std::vector<torch::Tensor> marked_;
};

}  // namespace mpq::quant
