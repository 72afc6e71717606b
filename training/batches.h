#pragma once

#include <torch/types.h>

#include <memory>
#include <optional>
#include <vector>

#include "datasets/loader.h"

namespace mpq::training {

/// images [N, C, H, W] float32 channels last; labels and indices int64 [N]. Valid until the next call.
struct Batch {
  torch::Tensor images, labels, indices;
};

/// The loader's batches as tensors: prefetching threads write into their memory directly.
class Batches {
 public:
  Batches(datasets::SplitView view, const datasets::DatasetInfo& info, datasets::LoaderOptions options);
  std::int64_t per_epoch() const { return loader_->batches_per_epoch(); }
  void start(std::int64_t epoch, std::int64_t first_batch = 0) { loader_->start(epoch, first_batch); }
  /// Empty at the end of the epoch.
  std::optional<Batch> next();

 private:
  std::vector<Batch> slots_;
  std::unique_ptr<datasets::Loader> loader_;
};

/// All images of a split, in order and as evaluation sees them, as one batch of copies.
Batch load_all(const datasets::SplitView& view, const datasets::DatasetInfo& info, int threads = 1);

/// The same images as training sees them: augmented, always in the same way. Statistics of batches mean what
/// they meant in training only then (rfquant.md §9.2 and §10 read augmented images as well).
Batch load_all_augmented(const datasets::SplitView& view, const datasets::DatasetInfo& info, int threads = 1);

}  // namespace mpq::training
