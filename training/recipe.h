#pragma once

#include <cstdint>
#include <string>

#include "core/options.h"

namespace mpq::training {

/// Everything about training that is not the method.
struct Recipe {
  std::int64_t epochs = 10;
  std::int64_t batch = 128;
  double lr = 0.1;
  double lr_min = 0;
  double warmup = 0.05;
  double warmup_lr = 1e-5;
  std::string schedule = "step";
  double momentum = 0.9;
  bool nesterov = true;
  double weight_decay = 1e-4;
  double step_lr = 1e-4;
  double label_smoothing = 0;
  double clip_value = 0;
  bool augment = true;
  double ema_decay = 0;
  double dropout = 0;

  template <class Visitor>
  void fields(Visitor& f) {
    f("epochs", epochs, "passes over the training split", "this project", Within(0, 100000));
    f("batch", batch, "images per optimiser step", "this project", Within(1, 65536));
    f("lr", lr, "largest learning rate of SGD (weights, norms, biases)", "this project", AtLeast(0));
    f("lr_min", lr_min, "learning rate at the end of the cosine", "this project", AtLeast(0));
    f("warmup", warmup, "fraction of training with a linear warm-up; values of 1 and above are epochs",
      "this project", AtLeast(0));
    f("warmup_lr", warmup_lr, "learning rate at the start of the warm-up", "published program", AtLeast(0));
    f("schedule", schedule, "move learning rates every step or every epoch", "published program: epoch",
      {"step", "epoch"});
    f("momentum", momentum, "SGD momentum", "this project", Within(0, 0.9999));
    f("nesterov", nesterov, "Nesterov form of the momentum");
    f("weight_decay", weight_decay, "decay of convolution weights alone", "published program", AtLeast(0));
    f("step_lr", step_lr, "Adam learning rate of step sizes, cosine to 0", "published program: 1e-5",
      AtLeast(0));
    f("label_smoothing", label_smoothing, "weight of the uniform distribution in the hard targets",
      "this project", Within(0, 1));
    f("clip_value", clip_value, "largest gradient value, 0 = off", "published program: 1.0", AtLeast(0));
    f("augment", augment, "pad, crop and flip");
    f("ema_decay", ema_decay,
      "averaging of weights, 0 = off, below 0 = chosen from the length of training (off below 113 steps)",
      "published program", Within(-1, 0.999999));
    f("dropout", dropout, "share of values dropped before the classifier while training, 0 = off",
      "published program: 0.2 for MobileNetV2", Within(0, 0.95));
  }
};

/// SGD learning rate at `epoch` (whole for schedule "epoch", fractional for "step"): linear warm-up, then
/// cosine over all epochs, the warm-up not subtracted (rfquant.md §7).
double sgd_learning_rate(const Recipe& recipe, double epoch);
/// Adam learning rate of step sizes: cosine from step_lr to 0.
double step_learning_rate(const Recipe& recipe, double epoch);
/// From `from` at fraction 0 to `to` at 1, half a period of the cosine.
double cosine(double from, double to, double fraction);
/// `low` before `start`, then a cosine from `low` at `start` up to `high` at `end`; not clamped beyond
/// (rfquant.md §6.4).
double rising_cosine(double step, double start, double end, double low, double high);
/// recipe.ema_decay, with −1 resolved: the published averaging window of 0.9 % of training (rfquant.md §12).
double resolved_ema_decay(const Recipe& recipe, std::int64_t total_steps);

}  // namespace mpq::training
