#pragma once

#include <torch/types.h>

#include <vector>

#include "models/network.h"
#include "search/greedy.h"

namespace mpq::search {

/// Scores policies on shared weights by forward passes alone, under batch-statistics norms; stored statistics
/// stay untouched. Every policy scored is counted by the network's meter.
class Evaluator {
 public:
  explicit Evaluator(models::Network& network) : network_(network) {}

  /// images [N, C, H, W], labels int64 [N]: what the next scores are measured on.
  void set_images(torch::Tensor images, torch::Tensor labels);
  Score score(const quant::Policy& policy);
  /// The same scores, but what the blocks before the changed site compute is computed once.
  std::vector<Score> score_neighbours(const quant::Policy& base, const std::vector<Neighbour>& neighbours);

 private:
  Score finish(torch::Tensor x, std::size_t first_block);

  models::Network& network_;
  torch::Tensor images_, labels_;
};

}  // namespace mpq::search
