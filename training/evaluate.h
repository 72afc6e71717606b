#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "core/progress.h"
#include "models/network.h"
#include "training/batches.h"

namespace mpq::training {

/// Raw predictions, one entry per image: everything a report is computed from.
struct Predictions {
  std::vector<std::int64_t> image_index;
  std::vector<std::int32_t> label;
  std::vector<std::int32_t> top5;  ///< [N, 5], best first (−1 where there are fewer classes)
  std::vector<float> true_probability;
};

/// Runs the network as it stands (policy, stored norm statistics) over a split, each image exactly once.
Predictions predict(models::Network& network, const datasets::SplitView& view,
                    const datasets::DatasetInfo& info, int loader_threads, const ProgressSink& progress = {});

/// Mean and variance of the selected norms become the plain average over the batches of `images` (rfquant.md
/// §9.2, on the selected pairs only). images: [N, C, H, W]; no labels are used. Changes running statistics
/// only.
void recalibrate(models::Network& network, const torch::Tensor& images, std::int64_t batch = 128);

}  // namespace mpq::training
