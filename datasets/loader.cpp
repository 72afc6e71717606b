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

// A photograph takes milliseconds and is claimed alone; of small pictures, which take less than a lock that
// threads wait for, several are claimed at once.
constexpr std::int64_t kRunValues = 50'000;

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

/// Batches of an epoch are numbered, and so are its images, in the order in which they are handed out; the
/// i-th batch handed out lives in slot i mod slots. A filler claims the next few images as soon as the slot
/// of their batch is free, fills them without the lock, and counts them.
///
/// What makes this safe:
/// - all members that change do so under `mutex`;
/// - an image is claimed once, so that one filler alone writes it;
/// - a slot belongs to the fillers from when its last batch was given back until `filled` counts all images
///   of the next; only then the caller gets it;
/// - `epoch`, `first` and `order`, which fillers read without the lock, change only while none is busy.
struct Loader::State {
  /// Images of one batch that a filler has claimed: [begin, end).
  struct Run {
    std::int64_t batch = 0, begin = 0, end = 0;
  };
  /// The first image that could not be filled.
  struct Trouble {
    std::int64_t image = -1;
    std::exception_ptr why;
  };

  const SplitView view;
  const LoaderOptions options;
  const std::vector<BatchMemory> slots;
  const std::vector<ByteTable> tables;
  const std::int64_t image_values;
  const std::int64_t longest_run;

  std::mutex mutex;
  std::condition_variable_any work;  // for the fillers: there are images to claim
  std::condition_variable progress;  // for the caller: a batch is full, or nobody is busy
  std::vector<std::int64_t> filled;  // per slot: images that fillers are done with
  std::vector<Trouble> failed;       // per slot
  std::vector<std::int32_t> order;   // of this epoch: positions in `view`
  std::int64_t epoch = -1, first = 0;
  std::int64_t claimed = 0, end = 0;      // images: the next to be claimed, and where claiming ends
  std::int64_t handed = 0, returned = 0;  // batches: the next to be handed out, and to be given back
  int busy = 0;
  std::vector<std::jthread> fillers;  // last: they use everything above, and end before it

  State(SplitView view_of, const DatasetInfo& info, LoaderOptions with, std::vector<BatchMemory> memory)
      : view(std::move(view_of)),
        options(with),
        slots(std::move(memory)),
        tables(byte_tables(info)),
        image_values(std::int64_t{info.channels} * info.height * info.width),
        longest_run(std::max<std::int64_t>(1, kRunValues / image_values)),
        filled(slots.size(), 0),
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
    return claimed < end && claimed / options.batch - returned < static_cast<std::int64_t>(slots.size());
  }
  Run claim() {
    Run mine{claimed / options.batch, claimed, 0};
    const auto end_of_batch = mine.batch * options.batch + size_of_batch(mine.batch);
    mine.end = claimed = std::min(claimed + longest_run, end_of_batch);
    ++busy;
    return mine;
  }
  void count(const Run& done, const Trouble& trouble) {
    --busy;
    const auto slot = slot_of(done.batch);
    auto& known = failed[slot];
    if (trouble.why && (!known.why || trouble.image < known.image)) known = trouble;
    filled[slot] += done.end - done.begin;
    if (busy == 0 || filled[slot] == size_of_batch(done.batch)) progress.notify_one();
  }

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, stop, [this] { return can_claim(); });
      if (stop.stop_requested()) return;
      const auto mine = claim();
      lock.unlock();
      const auto trouble = fill(mine);
      lock.lock();
      count(mine, trouble);
    }
  }

  /// What is behind an image that fails is left as it is: its batch is never handed out.
  Trouble fill(const Run& mine) const {
    std::int64_t image = mine.begin;
    try {
      for (; image < mine.end; ++image) fill_image(image, mine.batch);
    } catch (...) {
      return {image, std::current_exception()};
    }
    return {};
  }

  void fill_image(std::int64_t image, std::int64_t batch) const {
    const Augmentation augmentation{options.seed, epoch};
    const BatchMemory& memory = slots[slot_of(batch)];
    const auto place = image - batch * options.batch;
    const auto position = static_cast<std::size_t>(order[static_cast<std::size_t>(image)]);
    const std::int64_t index = view.indices[position];
    view.images->write(index, options.augment ? &augmentation : nullptr, tables,
                       memory.images + place * image_values);
    memory.labels[place] = view.images->label(index);
    memory.indices[place] = index;
  }

  void start(std::int64_t new_epoch, std::int64_t first_batch) {
    std::unique_lock lock(mutex);
    end = claimed;  // nobody claims another image of the old epoch
    progress.wait(lock, [this] { return busy == 0; });
    if (options.shuffle)
      order = permutation(view.count(),
                          RandomStream(options.seed, "order", static_cast<std::uint64_t>(new_epoch)));
    std::fill(filled.begin(), filled.end(), 0);
    std::fill(failed.begin(), failed.end(), Trouble{});
    epoch = new_epoch;
    first = handed = returned = first_batch;
    claimed = first_batch * options.batch;
    end = std::min(batches() * options.batch, view.count());
    work.notify_all();
  }

  Ready next() {
    std::unique_lock lock(mutex);
    require(epoch >= 0, "a loader is asked for a batch before an epoch was started");
    if (returned < handed) {
      filled[slot_of(returned++)] = 0;
      work.notify_all();
    }
    if (handed >= batches()) return {};
    const auto slot = slot_of(handed);
    progress.wait(lock, [&] { return filled[slot] == size_of_batch(handed); });
    // It stays, and so does the batch: who goes on after an error gets the error again.
    if (failed[slot].why) std::rethrow_exception(failed[slot].why);
    return {slot, size_of_batch(handed++)};
  }
};

Loader::Loader(SplitView view, const DatasetInfo& info, LoaderOptions options,
               std::vector<BatchMemory> slots) {
  require(slots.size() >= 2 && options.batch >= 1 && options.threads >= 1,
          "a loader needs two slots, a batch of one image and one thread at least");
  require(info.channels >= 1 && info.channels <= static_cast<int>(info.mean.size()),
          "a loader knows the mean and deviation of at most 3 channels");
  require(info.height >= 1 && info.width >= 1, "a loader's pictures have no pixels");
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
