#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "datasets/dataset.h"

namespace mpq::datasets {

/// Memory of one batch, owned by the caller: images float32 [batch, height, width, channels] (channels
/// last), labels int64 [batch], indices int64 [batch] (position in the official part).
struct BatchMemory {
  float* images = nullptr;
  std::int64_t* labels = nullptr;
  std::int64_t* indices = nullptr;
};

struct LoaderOptions {
  std::int64_t batch = 128;
  bool shuffle = false;    ///< new order every epoch, keyed by (seed, "order", epoch)
  bool drop_last = false;  ///< leave out an incomplete last batch
  bool augment = false;    ///< as the source does it, keyed by (seed, "augment", epoch, image index)
  std::uint64_t seed = 0;
  int threads = 1;  ///< that fill images, of one batch too; never changes a value
};

/// Fills batches ahead of time: the source's pictures, (pixel/255 − mean)/std, written straight into the
/// caller's memory. What a batch holds depends on the options and (epoch, batch number) alone.
class Loader {
 public:
  struct Ready {
    std::size_t slot = 0;    ///< which memory holds the batch
    std::int64_t count = 0;  ///< images in it; 0: the epoch is over
  };

  /// `slots`: at least 2 batches of memory, each with room for options.batch images. Memory and the data set
  /// behind `view` must outlive the loader.
  Loader(SplitView view, const DatasetInfo& info, LoaderOptions options, std::vector<BatchMemory> slots);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t batches_per_epoch() const;
  /// Starts `epoch` at `first_batch`; a running epoch is abandoned.
  void start(std::int64_t epoch, std::int64_t first_batch = 0);
  /// The next batch, in order. The slot returned before is free again from this call on. Throws what the
  /// source threw for the first image of the batch that could not be filled, and so does every call after it,
  /// until an epoch is started.
  Ready next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpq::datasets
