#include "training/recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mpq::training {

double cosine(double from, double to, double fraction) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * fraction));
}

double sgd_learning_rate(const Recipe& recipe, double epoch) {
  const auto epochs = static_cast<double>(recipe.epochs);
  const double warm = recipe.warmup < 1 ? recipe.warmup * epochs : recipe.warmup;
  if (epoch < warm) return recipe.warmup_lr + epoch * (recipe.lr - recipe.warmup_lr) / warm;
  return cosine(recipe.lr, recipe.lr_min, epoch / epochs);
}

double step_learning_rate(const Recipe& recipe, double epoch) {
  return cosine(recipe.step_lr, 0, epoch / static_cast<double>(recipe.epochs));
}

double rising_cosine(double step, double start, double end, double low, double high) {
  return step < start ? low : cosine(low, high, (step - start) / (end - start));
}

double resolved_ema_decay(const Recipe& recipe, std::int64_t total_steps) {
  if (recipe.ema_decay >= 0) return recipe.ema_decay;
  // Published: decay 0.9997 over 150 epochs of 2,502 steps.
  constexpr double kPublishedSteps = 150.0 * 2502.0;
  return std::max(
      0.0, 1 - (1 - 0.9997) * kPublishedSteps / static_cast<double>(std::max<std::int64_t>(1, total_steps)));
}

}  // namespace mpq::training
