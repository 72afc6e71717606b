#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/meter.h"
#include "core/progress.h"
#include "models/network.h"
#include "training/batches.h"
#include "training/dropout.h"
#include "training/optimizer.h"
#include "training/recipe.h"

namespace mpq::training {

/// What a training leaves beside the network: one value per epoch and name ("loss", "accuracy", "lr", …).
using Curves = std::map<std::string, std::vector<double>>;

/// Where and how a training runs; everything here is given by the stage, nothing changes a result except
/// `checkpoint_folder` deciding that a killed run continues.
struct TrainerSetup {
  datasets::SplitView train;
  const datasets::DatasetInfo* info = nullptr;  ///< outlives the trainer
  Recipe recipe;
  std::uint64_t seed = 0;
  int loader_threads = 1;
  ProgressSink progress;
  std::string checkpoint_folder;      ///< empty: no checkpoints
  double checkpoint_seconds = 30;     ///< time between checkpoints
  Json environment = Json::object();  ///< a checkpoint made under another one is refused
};

/// The one training loop. It owns zeroing, clipping, optimisers, schedules, the moving average, counters,
/// progress, checkpoints and the stop on NaN; a method says which passes a step runs and with which losses. A
/// killed run continues from its checkpoint to the same bits as an undisturbed one.
class Trainer {
 public:
  /// One mini-batch as a method sees it.
  struct Step {
    std::int64_t epoch = 0, index = 0, steps_per_epoch = 0;  ///< index: within the epoch
    std::int64_t number() const { return epoch * steps_per_epoch + index; }
    torch::Tensor images, labels;
  };
  /// For the curves: the loss and how many of the batch were right, of the pass that stands for the step.
  struct Outcome {
    double loss = 0;
    std::int64_t correct = 0;
  };
  using StepFunction = std::function<Outcome(const Step&)>;
  using EpochHook = std::function<void(std::int64_t epoch)>;

  /// `name` tells the trainings of one stage apart (checkpoints).
  Trainer(models::Network& network, TrainerSetup setup, std::string name);

  /// A method's own state that must survive a restart. Register before run().
  void keep(const std::string& name, torch::Tensor* tensor) { kept_.push_back({name, tensor}); }
  /// Called at the start of every epoch, before its first batch; not called again after a restart inside it.
  void at_epoch_start(EpochHook hook) { hook_ = std::move(hook); }
  /// Whether the average adopts a step size that is being initialised (see MovingAverage). recipe.ema_decay
  /// says whether there is an average.
  void follow_initialisation(bool follow) { follow_initialisation_ = follow; }

  /// Trains to the end. Throws Error(case_failed) at the first loss that is not finite, of whatever pass, and
  /// at the first tensor that is not, looked for before every checkpoint and at the end of every epoch; the
  /// message names epoch, step and tensor.
  void run(const StepFunction& step);
  /// Adds the gradients of `loss` for a batch of `images` images; counts the pass.
  void backward(const torch::Tensor& loss, std::int64_t images);

  /// The averaged tensors if averaging is on, else the network's own.
  models::StateDict result();
  const Curves& curves() const { return curves_; }
  std::int64_t total_steps() const;

 private:
  struct Position {
    std::int64_t epoch = 0, index = 0;
    double loss_sum = 0;
    std::int64_t correct = 0, seen = 0;
    bool finished = false;
  };

  void train_epoch(const StepFunction& step, Progress& progress);
  void update(const Outcome& outcome);
  void finish_epoch();
  void check_finite(double loss) const;
  void check_tensors() const;
  std::string first_broken_tensor() const;
  [[noreturn]] void throw_broken(const std::string& what, const std::string& tensor) const;
  std::string checkpoint_path() const;
  void save();
  bool restore();

  models::Network& network_;
  TrainerSetup setup_;
  std::string name_;
  Batches batches_;
  Optimizer optimizer_;
  std::unique_ptr<MovingAverage> average_;
  std::optional<Dropout> dropout_;
  std::vector<std::pair<std::string, torch::Tensor*>> kept_;
  EpochHook hook_;
  bool follow_initialisation_ = true;
  Curves curves_;
  Position at_;
  std::int64_t restored_epoch_ = -1;
  std::chrono::steady_clock::time_point last_save_ = std::chrono::steady_clock::now();
};

/// Work that was begun under another instruction set or library is not continued: it would not end in the
/// same bits. Throws Error(case_failed) naming `path`: other stages can go on.
void require_environment(const Json& begun, const Json& now, const std::string& path);

/// Trains with one hard-target pass per step: float networks and quantized ones at a fixed policy.
void train_plain(Trainer& trainer, models::Network& network, const Recipe& recipe);

}  // namespace mpq::training
