#include "datasets/loader.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>
#include <utility>

#include "core/random.h"

namespace mpq::datasets {
namespace {

constexpr int kPad = 4;  // zeros around an image before it is cropped

/// Where the window lies in the padded image, and whether it is mirrored afterwards.
struct Window {
  int top = kPad, left = kPad;
  bool flip = false;
};

/// What every pixel byte becomes: (byte/255 − mean)/std, each step rounded to float32.
using ByteTable = std::array<float, 256>;

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

Window draw_window(const LoaderOptions& options, std::int64_t epoch, std::int64_t image) {
  RandomStream random(options.seed, "augment", static_cast<std::uint64_t>(epoch),
                      static_cast<std::uint64_t>(image));
  Window window;
  window.top = static_cast<int>(random.below(2 * kPad + 1));
  window.left = static_cast<int>(random.below(2 * kPad + 1));
  window.flip = random.below(2) == 1;
  return window;
}

/// Writes one channel of one row: `source` is the row's bytes or, above and below the image, null.
void fill_row(float* out, int channels, const std::uint8_t* source, int width, const Window& window,
              const ByteTable& table) {
  const int step = window.flip ? -channels : channels;
  if (window.flip) out += (width - 1) * channels;
  const int shift = window.left - kPad;  // output column x shows source column x + shift
  const int begin = source ? std::clamp(-shift, 0, width) : width;
  const int end = source ? std::clamp(width - shift, begin, width) : width;
  for (int x = 0; x < begin; ++x, out += step) *out = table[0];
  for (int x = begin; x < end; ++x, out += step) *out = table[source[x + shift]];
  for (int x = end; x < width; ++x, out += step) *out = table[0];
}

/// Writes one image, channels last.
void fill_image(float* out, const std::uint8_t* pixels, const Images& images, const Window& window,
                const std::vector<ByteTable>& tables) {
  const int channels = images.channels, height = images.height, width = images.width;
  for (int y = 0; y < height; ++y, out += width * channels) {
    const int source_y = y + window.top - kPad;
    const bool inside = source_y >= 0 && source_y < height;
    for (int channel = 0; channel < channels; ++channel)
      fill_row(out + channel, channels, inside ? pixels + (channel * height + source_y) * width : nullptr,
               width, window, tables[static_cast<std::size_t>(channel)]);
  }
}

}  // namespace

/// Batches of an epoch are numbered; the i-th one handed out lives in slot i mod slots. A filler claims the
/// next number as soon as its slot is free, fills without the lock, and marks the slot full.
struct Loader::State {
  const SplitView view;
  const LoaderOptions options;
  const std::vector<BatchMemory> slots;
  const std::vector<ByteTable> tables;

  std::mutex mutex;
  std::condition_variable_any work;  // for the fillers: a slot is free
  std::condition_variable progress;  // for the caller: a batch is full
  std::vector<char> full;            // per slot
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
        full(slots.size(), 0),
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
      fill(batch);
      lock.lock();
      --busy;
      full[slot_of(batch)] = 1;
      progress.notify_one();
    }
  }

  void fill(std::int64_t batch) const {
    const Images& images = *view.images;
    const BatchMemory& memory = slots[slot_of(batch)];
    for (std::int64_t i = 0; i < size_of_batch(batch); ++i) {
      const auto position =
          static_cast<std::size_t>(order[static_cast<std::size_t>(batch * options.batch + i)]);
      const std::int64_t index = view.indices[position];
      const auto window = options.augment ? draw_window(options, epoch, index) : Window{};
      fill_image(memory.images + i * images.image_bytes(),
                 images.pixels.data() + index * images.image_bytes(), images, window, tables);
      memory.labels[i] = images.labels[static_cast<std::size_t>(index)];
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
    require(index >= 0 && index < view.images->count, "a split names an image that is not there");
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
