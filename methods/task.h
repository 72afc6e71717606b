#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/error.h"
#include "core/meter.h"
#include "core/progress.h"
#include "core/random.h"
#include "datasets/dataset.h"
#include "models/registry.h"
#include "training/trainer.h"

namespace mpq::methods {

/// Everything a task is made of; filled by the worker (or a test).
struct TaskParts {
  const datasets::Dataset* dataset = nullptr;
  std::string network;
  Json network_options = Json::object();
  models::StateDict float_state;  ///< of the pretrained float network
  training::Recipe recipe;
  bool has_recipe = true;       ///< false in the prepare of a method that declares it reads none
  std::vector<int> candidates;  ///< widths of the study, descending
  std::uint64_t seed = 0;
  int loader_threads = 1;
  std::string scratch_folder;      ///< checkpoints of this stage; empty: none are kept
  double checkpoint_seconds = 30;  ///< time between them
  Json environment = Json::object();
  ProgressSink progress;
};

/// What a method may use: a fresh float network, the splits train, calib and search (it hands out no others,
/// and a method that reaches around the indices of a view cheats knowingly), the recipe, named random
/// streams, the trainer, the meter, and a place for what it wants stored.
class Task {
 public:
  explicit Task(TaskParts parts);

  /// A new float network with the pretrained weights, counted by this task's meter.
  std::unique_ptr<models::Network> float_network();
  const training::Recipe& recipe() const {
    require(parts_.has_recipe,
            "prepare reads the recipe, which the method's facts deny (needs.recipe_in_prepare)");
    return parts_.recipe;
  }
  const std::vector<int>& candidates() const { return parts_.candidates; }
  std::uint64_t seed() const { return parts_.seed; }
  RandomStream stream(const std::string& purpose, std::uint64_t a = 0, std::uint64_t b = 0) const {
    return {parts_.seed, purpose, a, b};
  }

  /// A trainer on the train split (its first `images`, 0 = all). `name` is unique within the stage.
  training::Trainer trainer(models::Network& network, const std::string& name, const training::Recipe& recipe,
                            std::int64_t images = 0);
  /// The first `count` images of train, unaugmented, with labels (sensitivities).
  training::Batch train_images(std::int64_t count);
  /// Images alone, as training sees them: [N, C, H, W].
  const torch::Tensor& calib_images();
  /// Pictures of the search split by their places in it, as training sees them and always alike: for scores under batch
  /// statistics. Read anew at every call, since a whole split of photographs takes gigabytes.
  training::Batch search_images(const std::vector<std::int32_t>& places) const;
  datasets::SplitView search_split() const { return parts_.dataset->split(datasets::Split::search); }
  const datasets::DatasetInfo& dataset_info() const { return parts_.dataset->info(); }
  int loader_threads() const { return parts_.loader_threads; }

  Meter& meter() { return meter_; }
  const ProgressSink& progress() const { return parts_.progress; }

  /// An intermediate result that is stored and not computed again after a restart.
  models::StateDict once(const std::string& name, const std::function<models::StateDict()>& work);

  /// Stores a tensor in the stage file under /method/<name>.
  void record(const std::string& name, const torch::Tensor& values);
  void record_curves(const std::string& name, const training::Curves& curves);
  const std::map<std::string, Array>& records() const { return records_; }

 private:
  TaskParts parts_;
  Meter meter_;
  torch::Tensor calib_;
  std::map<std::string, Array> records_;
};

/// A tensor as an Array, contiguous, in its own type (bool becomes u8, half types f32).
Array to_array(const torch::Tensor& tensor);
torch::Tensor to_tensor(const Array& array);

}  // namespace mpq::methods
