#include "training/losses.h"

namespace mpq::training {

torch::Tensor hard_loss(const torch::Tensor& logits, const torch::Tensor& labels, double label_smoothing) {
  return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100, label_smoothing);
}

torch::Tensor soft_loss(const torch::Tensor& logits, const torch::Tensor& teacher_logits) {
  const auto log_teacher = at::log_softmax(teacher_logits.detach(), 1);
  const auto log_student = at::log_softmax(logits, 1);
  return (log_teacher.exp() * (log_teacher - log_student)).sum() / logits.size(0);
}

std::int64_t correct_count(const torch::Tensor& logits, const torch::Tensor& labels) {
  const torch::NoGradGuard no_grad;
  return logits.argmax(1).eq(labels).sum().item<std::int64_t>();
}

}  // namespace mpq::training
