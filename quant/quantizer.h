#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "quant/range.h"

namespace mpq::quant {

/// What the optimiser does with a tensor (rfquant.md §7): `weight` decays, `rest` does not, `step` has an
/// optimiser of its own, `buffer` is state without a gradient.
enum class Role { weight, rest, step, buffer };

/// A tensor of a network under its published name. `tensor` points at the owner's handle.
struct TensorRef {
  std::string name;
  torch::Tensor* tensor;
  Role role;
};

/// Rounds a tensor onto a grid of 2^bits values and back. One object serves one tensor of one layer.
class Quantizer {
 public:
  virtual ~Quantizer() = default;
  /// x: any shape, float32 or float64. Returns the fake-quantized tensor, differentiable in x and in the
  /// quantizer's own parameters. `bits` must be a width the quantizer was made for.
  virtual torch::Tensor fake_quantize(const torch::Tensor& x, int bits) = 0;
  /// Integer codes of `x`, int32. No gradient. The first use of a width initialises it, as above.
  virtual torch::Tensor codes(const torch::Tensor& x, int bits) = 0;
  /// Adds the parameters and buffers, named `prefix` + "_…".
  virtual void collect(const std::string& prefix, std::vector<TensorRef>& tensors) = 0;
  /// A copy that keeps only what width `bits` needs: what a deployed network holds.
  virtual std::unique_ptr<Quantizer> narrowed(int bits) const = 0;
};

/// Which quantizer a network gets.
enum class QuantizerKind {
  learned_step,  ///< a step per tensor and width, trained
  fixed_grid     ///< searched once and not trained (quant/fixed_grid.h)
};

/// How a step size starts.
enum class StepInit {
  three_sigma,  ///< max|μ ± 3σ| / 2^(bits−1), σ unbiased; at once (rfquant.md §3.1, LSQ+)
  mean_abs      ///< 2·mean|x| / √q_max (LSQ); at once for weights, at first use of a width for activations
};

struct LearnedStepOptions {
  std::vector<int> candidates;  ///< descending; one step each
  bool is_signed = true;
  StepInit init = StepInit::three_sigma;
  bool scale_gradient = false;  ///< multiply the step's gradient by 1/√(q_max · numel)
};

/// Learned step size quantization (Esser et al., ICLR 2020) with a bank of one step per candidate width:
/// codes = round(clamp(x / s, q_min, q_max)), y = codes · s, per tensor, no offset.
class LearnedStep final : public Quantizer {
 public:
  /// Activation quantizer: each step is initialised when its width is first used.
  LearnedStep(LearnedStepOptions options, torch::TensorOptions tensor_options);
  /// Weight quantizer: all steps are initialised from `weight` now.
  LearnedStep(LearnedStepOptions options, const torch::Tensor& weight);

  torch::Tensor fake_quantize(const torch::Tensor& x, int bits) override;
  torch::Tensor codes(const torch::Tensor& x, int bits) override;
  void collect(const std::string& prefix, std::vector<TensorRef>& tensors) override;
  std::unique_ptr<Quantizer> narrowed(int bits) const override;

  const LearnedStepOptions& options() const { return options_; }
  /// Position of `bits` in the bank. Throws Error(bug) if it has none.
  std::int64_t index_of(int bits) const;
  Range range(int bits) const { return range_of(bits, options_.is_signed); }
  const torch::Tensor& steps() const { return step_; }

 private:
  void initialise_if_first_use(const torch::Tensor& x, std::int64_t index, int bits);

  LearnedStepOptions options_;
  torch::Tensor step_;         // [candidates]
  torch::Tensor initialized_;  // [candidates], 0 or 1; undefined for weights, whose steps start initialised
};

/// The starting step of `x` for `bits` under `init`; a scalar of x's dtype.
torch::Tensor initial_step(const torch::Tensor& x, int bits, bool is_signed, StepInit init);

}  // namespace mpq::quant
