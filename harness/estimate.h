#pragma once

#include <functional>
#include <optional>
#include <string>

#include "harness/plan.h"

namespace mpq::harness {

/// What a stage will cost, as far as its settings tell. What it did cost is metered.
struct Estimate {
  double epochs = 0;          ///< passes over the training images: epochs, times the passes of one step
  double trained_images = 0;  ///< forward and backward
  double forward_images = 0;  ///< forward alone: calibration and evaluation
  double searched_images =
      0;                    ///< forward passes of searches and sensitivities, as if each width went down once
  double flop = 0;          ///< 2 per MAC; a backward pass counts twice its forward pass
  double memory_bytes = 0;  ///< resident at the peak, roughly
  double disk_bytes = 0;    ///< kept
  double scratch_bytes = 0;  ///< checkpoints while it runs
};

Estimate estimate(const Stage& stage, const Study& study);

/// Floating-point operations a second of the float networks that `plan` has trained; empty if there is none.
/// `seconds` tells how long a finished stage took, empty for one that is not finished.
std::optional<double> measured_flops(const Plan& plan,
                                     const std::function<std::optional<double>(const Stage&)>& seconds);

}  // namespace mpq::harness
