#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

#include "models/network.h"

namespace mpq::training {

/// The losses of one optimiser step of one-shot training (rfquant.md §5, §6). Everything off is the plain
/// supernet.
struct OneShotLosses {
  double label_smoothing = 0;
  double alignment_weight = 0;  ///< information distortion mitigation, 0 = off; published 0.01
  models::Tap tap = models::Tap::after_activation;
  double error_weight = 0;  ///< λ of the quantization-error term at this step, 0 = off
  double in_range_decay =
      0;  ///< coefficient of ½‖W in range‖² at sites drawn at 2 bits; negative cancels decay
  bool in_range_per_pass = false;  ///< once per pass at 2 bits (published, quirk 5) or once per step
};

/// λ of the quantization-error term over a run (rfquant.md §6.4): 0 up to its start, then a cosine upward to its final
/// weight.
struct ErrorSchedule {
  static constexpr std::int64_t kPublishedStart = 40;  ///< epoch, of a run of 150

  bool faithful =
      false;  ///< starts at epoch 40 of any run, and epoch 40 itself is left out; else at 40/150 of the run
  double final_weight = 0.1;
  /// `step` counts from the start of the run.
  double weight_at(std::int64_t epoch, std::int64_t step, std::int64_t epochs,
                   std::int64_t steps_per_epoch) const;
};

/// What one pass contributed. A training reads logits and total of the first; the rest is for tests. `error` and
/// `in_range` are weighted, `alignment` is not yet.
struct PassReport {
  torch::Tensor logits;
  double hard = 0, soft = 0, task = 0, error = 0, in_range = 0, alignment = 0, total = 0;
  std::vector<double> alignment_per_site;  ///< of the sites at their smallest weight width, in order
};

/// Σ over the passes of one step: pass 0 at policies[0] with hard targets (half external teacher if given),
/// the others half hard, half soft toward pass 0. `backward(loss, images)` adds gradients.
std::vector<PassReport> one_shot_step(models::Network& network, const torch::Tensor& images,
                                      const torch::Tensor& labels, const std::vector<quant::Policy>& policies,
                                      const OneShotLosses& losses,
                                      const std::function<void(const torch::Tensor&, std::int64_t)>& backward,
                                      const torch::Tensor& external_teacher = {});

/// Information distortion mitigation (rfquant.md §6.3): the mean squared distance of the features of every site at its
/// smallest weight width from `targets`, those of the largest-width pass. Sites without a norm have no feature.
struct Alignment {
  torch::Tensor sum;  ///< scalar; undefined if no site counts
  std::vector<double> per_site;
};
Alignment alignment(const std::vector<torch::Tensor>& features, const std::vector<torch::Tensor>& targets,
                    const std::vector<bool>& smallest);

/// Largest widths of the current lists.
quant::Policy largest_current_policy(const models::Network& network);

/// Uniform draw from the current lists: site by site, weight width first. Keyed by (seed, "one_shot_policy",
/// step, pass), so that a draw does not depend on any other.
quant::Policy draw_policy(const models::Network& network, std::uint64_t seed, std::int64_t step, int pass);

/// Runs `images` once in evaluation mode with every site in float, so that the pinned layers initialise their
/// steps (rfquant.md §3.1, quirk 12).
void warm_up_pinned_layers(models::Network& network, const torch::Tensor& images);

/// Which sites run at the smallest weight width they may draw now (rfquant.md §6.3, quirk 2).
std::vector<bool> at_smallest_weight_width(const models::Network& network);

/// Quantization-error (oscillation) term of one layer (rfquant.md §6.4): pulls a weight toward its level
/// where that level exists at width `smallest` too. Sum over output channels, mean over the rest. No gradient
/// to steps.
torch::Tensor quantization_error(const torch::Tensor& weight, const torch::Tensor& step, int bits,
                                 int smallest);

/// ½‖W‖² over the weights inside the clip range of `bits` (inclusive), constant outside (rfquant.md §6.5).
torch::Tensor in_range_norm(const torch::Tensor& weight, const torch::Tensor& step, int bits);

}  // namespace mpq::training
