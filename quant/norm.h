#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "quant/norm_act.h"
#include "quant/quantizer.h"

namespace mpq::quant {

/// What a norm does with statistics.
enum class NormUse {
  stored,      ///< normalise with the stored statistics (evaluation)
  update,      ///< batch statistics, and move the stored ones (training)
  batch,       ///< batch statistics, stored ones untouched (search)
  recalibrate  ///< batch statistics, stored ones become the plain average over batches
};

/// Constants of a network's published definition.
struct NormSettings {
  double epsilon = 1e-5;
  double momentum = 0.1;  ///< share of the newest batch in the stored statistics
};

/// Batch normalisation that holds a bank of complete norms indexed by (weight width, activation width) of the
/// site in front of it, or a single one. Tensors are stacked: weight, bias, running_mean, running_var [W, A,
/// C], num_batches_tracked and used [W, A].
class Norm {
 public:
  Norm(std::string name, std::int64_t channels, NormSettings settings = {});

  /// x: [N, C, H, W]. act(norm(x) [+ residual]) with the selected norm of the bank.
  torch::Tensor forward(const torch::Tensor& x, Activation act, const torch::Tensor& residual = {});

  /// Copies the single norm into a W × A bank.
  void make_bank(std::int64_t weight_widths, std::int64_t act_widths);
  /// Keeps only entry (w, a).
  void narrow(std::int64_t w, std::int64_t a);
  void select(std::int64_t w, std::int64_t a);
  void set_use(NormUse use);
  /// Mean 0, variance 1, count 0 in the selected entry (or all): before recalibration.
  void reset_statistics(bool all);
  void collect(std::vector<TensorRef>& tensors);

  /// What a convolution that has its norm folded into it needs: nothing changes but `bias` is added. From then
  /// on statistics are fixed: batches neither replace nor move them, whatever the use, since that would undo
  /// the folding. The state says so itself: num_batches_tracked is negative.
  void set_identity(const torch::Tensor& bias);
  bool is_fixed() const;

  const std::string& name() const { return name_; }
  std::int64_t channels() const { return running_mean_.size(2); }

 private:
  std::string name_;
  NormSettings settings_;
  torch::Tensor weight_, bias_, running_mean_, running_var_, batches_, used_;
  std::int64_t w_ = 0, a_ = 0;
  NormUse use_ = NormUse::stored;
};

}  // namespace mpq::quant
