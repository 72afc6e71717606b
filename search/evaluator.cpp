#include "search/evaluator.h"

#include <algorithm>

#include "core/error.h"
#include "core/stop.h"

namespace mpq::search {

void Evaluator::set_images(torch::Tensor images, torch::Tensor labels) {
  images_ = std::move(images);
  labels_ = std::move(labels);
}

Score Evaluator::finish(torch::Tensor x, std::size_t first_block) {
  const auto& blocks = network_.blocks();
  for (std::size_t k = first_block; k < blocks.size(); ++k) x = blocks[k].forward(x);
  if (auto* meter = network_.meter()) {
    meter->now().forward_images += images_.size(0);
    ++meter->now().policy_evaluations;
  }
  const auto right = x.argmax(1).eq(labels_).to(torch::kFloat64).mean().item<double>();
  return {1 - right, at::cross_entropy_loss(x, labels_).item<double>()};
}

Score Evaluator::score(const quant::Policy& policy) {
  const torch::NoGradGuard no_grad;
  network_.set_norm_use(quant::NormUse::batch);
  network_.set_policy(policy);
  return finish(images_, 0);
}

std::vector<Score> Evaluator::score_neighbours(const quant::Policy& base,
                                               const std::vector<Neighbour>& neighbours) {
  const torch::NoGradGuard no_grad;
  network_.set_norm_use(quant::NormUse::batch);
  const auto& blocks = network_.blocks();
  std::vector<std::size_t> block_of(network_.sites().size());
  for (std::size_t k = 0; k < blocks.size(); ++k)
    for (const auto site : blocks[k].sites) block_of[site] = k;

  std::vector<Score> scores(neighbours.size());
  auto entering = images_;
  std::size_t last_needed = 0;
  for (const auto& n : neighbours) last_needed = std::max(last_needed, block_of[n.site]);
  for (std::size_t k = 0; k <= last_needed && k < blocks.size(); ++k) {
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
      if (block_of[neighbours[i].site] != k) continue;
      throw_if_stopped();
      network_.set_policy(neighbours[i].policy);
      scores[i] = finish(entering, k);
    }
    network_.set_policy(base);
    entering = blocks[k].forward(entering);
  }
  return scores;
}

}  // namespace mpq::search
