#include "datasets/loader.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
#include <utility>

#include "core/random.h"

namespace mpq::datasets {
namespace {

std::vector<ByteTable> byte_tables(const DatasetInfo& info) {
  std::vector<ByteTable> tables(static_cast<std::size_t>(info.channels));
  for (std::size_t channel = 0; channel < tables.size(); ++channel)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const float unit = static_cast<float>(byte) / 255.0F;
      const float centred = unit - info.mean[channel];
      tables[channel][byte] = centred / info.std[channel];
    }
  return tables;
}

}  // namespace

/// Batches of an epoch are numbered; the i-th one handed out lives in slot i mod slots. A filler claims the
/// next number as soon as its slot is free, fills without the lock, and marks the slot full.
struct Loader::State {
  const SplitView view;
  const LoaderOptions options;
  const std::vector<BatchMemory> slots;
  const std::vector<ByteTable> tables;
  const std::int64_t image_values;

  std::mutex mutex;
  std::condition_variable_any work;        // for the fillers: a slot is free
  std::condition_variable progress;        // for the caller: a batch is full
  std::vector<char> full;                  // per slot
  std::vector<std::exception_ptr> failed;  // per slot: why it could not be filled
  // Of this epoch, changed only while no filler is busy: positions in `view`, and the batches to hand out.
  std::vector<std::int32_t> order;
  std::int64_t epoch = -1, first = 0, end = 0;
  // The next batch to be filled, to be handed out, to be given back.
  std::int64_t claimed = 0, handed = 0, returned = 0;
  int busy = 0;
  std::vector<std::jthread> fillers;  // last: they use everything above, and end before it

  State(SplitView view_of, const DatasetInfo& info, LoaderOptions with, std::vector<BatchMemory> memory)
      : view(std::move(view_of)),
        options(with),
        slots(std::move(memory)),
        tables(byte_tables(info)),
        image_values(std::int64_t{info.channels} * info.height * info.width),
        full(slots.size(), 0),
        failed(slots.size()),
        order(view.indices.size()) {
    std::iota(order.begin(), order.end(), 0);
    for (int i = 0; i < options.threads; ++i)
      fillers.emplace_back([this](std::stop_token stop) { run(stop); });
  }

  std::int64_t batches() const {
    return (view.count() + (options.drop_last ? 0 : options.batch - 1)) / options.batch;
  }
  std::int64_t size_of_batch(std::int64_t batch) const {
    return std::min(options.batch, view.count() - batch * options.batch);
  }
  std::size_t slot_of(std::int64_t batch) const {
    return static_cast<std::size_t>(batch - first) % slots.size();
  }

  bool can_claim() const {
    return claimed < end && claimed - returned < static_cast<std::int64_t>(slots.size());
  }

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, stop, [this] { return can_claim(); });
      if (stop.stop_requested()) return;
      const auto batch = claimed++;
      ++busy;
      lock.unlock();
      std::exception_ptr trouble;
      try {
        fill(batch);
      } catch (...) {
        trouble = std::current_exception();
      }
      lock.lock();
      --busy;
      failed[slot_of(batch)] = trouble;
      full[slot_of(batch)] = 1;
      progress.notify_one();
    }
  }

  void fill(std::int64_t batch) const {
    const Augmentation augmentation{options.seed, epoch};
    const BatchMemory& memory = slots[slot_of(batch)];
    for (std::int64_t i = 0; i < size_of_batch(batch); ++i) {
      const auto position =
          static_cast<std::size_t>(order[static_cast<std::size_t>(batch * options.batch + i)]);
      const std::int64_t index = view.indices[position];
      view.images->write(index, options.augment ? &augmentation : nullptr, tables,
                         memory.images + i * image_values);
      memory.labels[i] = view.images->label(index);
      memory.indices[i] = index;
    }
  }

  void start(std::int64_t new_epoch, std::int64_t first_batch) {
    std::unique_lock lock(mutex);
    end = claimed;  // nobody begins another batch of the old epoch
    progress.wait(lock, [this] { return busy == 0; });
    if (options.shuffle)
      order = permutation(view.count(),
                          RandomStream(options.seed, "order", static_cast<std::uint64_t>(new_epoch)));
    std::fill(full.begin(), full.end(), 0);
    std::fill(failed.begin(), failed.end(), nullptr);
    epoch = new_epoch;
    first = claimed = handed = returned = first_batch;
    end = batches();
    work.notify_all();
  }

  Ready next() {
    std::unique_lock lock(mutex);
    require(epoch >= 0, "a loader is asked for a batch before an epoch was started");
    if (returned < handed) full[slot_of(returned++)] = 0;
    work.notify_one();
    if (handed >= end) return {};
    const auto slot = slot_of(handed);
    progress.wait(lock, [&] { return full[slot] != 0; });
    if (failed[slot]) std::rethrow_exception(std::exchange(failed[slot], nullptr));
    return {slot, size_of_batch(handed++)};
  }
};

Loader::Loader(SplitView view, const DatasetInfo& info, LoaderOptions options,
               std::vector<BatchMemory> slots) {
  require(slots.size() >= 2 && options.batch >= 1 && options.threads >= 1,
          "a loader needs two slots, a batch of one image and one thread at least");
  require(info.channels >= 1 && info.channels <= static_cast<int>(info.mean.size()),
          "a loader knows the mean and deviation of at most 3 channels");
  require(info.crop_and_flip || !options.augment,
          "a data set whose labels do not survive crop and flip is augmented");
  for (const auto index : view.indices)
    require(index >= 0 && index < view.images->size(), "a split names an image that is not there");
  state_ = std::make_unique<State>(std::move(view), info, options, std::move(slots));
}
Loader::~Loader() = default;

std::int64_t Loader::batches_per_epoch() const { return state_->batches(); }

void Loader::start(std::int64_t epoch, std::int64_t first_batch) {
  require(epoch >= 0 && first_batch >= 0, "a loader is started at a negative epoch or batch");
  state_->start(epoch, first_batch);
}

Loader::Ready Loader::next() { return state_->next(); }

}  // namespace mpq::datasets
