#pragma once

#include <torch/types.h>

namespace mpq::training {

/// (1 − ε)·NLL + ε·mean(−log p), mean over samples. logits [N, C], labels int64 [N].
torch::Tensor hard_loss(const torch::Tensor& logits, const torch::Tensor& labels, double label_smoothing = 0);

/// Kullback-Leibler divergence from teacher to student, mean over samples, temperature 1; no gradient to the
/// teacher (rfquant.md §6.2).
torch::Tensor soft_loss(const torch::Tensor& logits, const torch::Tensor& teacher_logits);

/// How many rows of `logits` have their largest value at the label.
std::int64_t correct_count(const torch::Tensor& logits, const torch::Tensor& labels);

}  // namespace mpq::training
