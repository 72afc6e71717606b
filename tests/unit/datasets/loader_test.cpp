#include "datasets/loader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>

#include "tests/support/error_of.h"
#include "tests/unit/datasets/pictures.h"

namespace mpq::datasets {
namespace {

using mpq::testing::error_of;
using testing::random_images;
using testing::small_info;

/// Memory for a loader, and what it has written.
class Batches {
 public:
  Batches(const Images& images, std::int64_t batch, std::size_t slots = 3)
      : pixels_(slots, std::vector<float>(static_cast<std::size_t>(batch * images.image_bytes()))),
        labels_(slots, std::vector<std::int64_t>(static_cast<std::size_t>(batch))),
        indices_(labels_) {}

  std::vector<BatchMemory> slots() {
    std::vector<BatchMemory> memory;
    for (std::size_t i = 0; i < pixels_.size(); ++i)
      memory.push_back({pixels_[i].data(), labels_[i].data(), indices_[i].data()});
    return memory;
  }
  const std::vector<float>& pixels(const Loader::Ready& ready) const { return pixels_[ready.slot]; }
  const std::vector<std::int64_t>& labels(const Loader::Ready& ready) const { return labels_[ready.slot]; }
  const std::vector<std::int64_t>& indices(const Loader::Ready& ready) const { return indices_[ready.slot]; }

 private:
  std::vector<std::vector<float>> pixels_;
  std::vector<std::vector<std::int64_t>> labels_, indices_;
};

/// Everything that came out of one epoch, batch after batch.
struct Epoch {
  std::vector<float> pixels;
  std::vector<std::int64_t> labels, indices, counts;
  bool operator==(const Epoch&) const = default;
};

Epoch rest_of_epoch(Loader& loader, const Batches& batches, const Images& images) {
  Epoch epoch;
  for (auto ready = loader.next(); ready.count > 0; ready = loader.next()) {
    const auto& pixels = batches.pixels(ready);
    epoch.pixels.insert(epoch.pixels.end(), pixels.begin(),
                        pixels.begin() + ready.count * images.image_bytes());
    const auto &labels = batches.labels(ready), &indices = batches.indices(ready);
    epoch.labels.insert(epoch.labels.end(), labels.begin(), labels.begin() + ready.count);
    epoch.indices.insert(epoch.indices.end(), indices.begin(), indices.begin() + ready.count);
    epoch.counts.push_back(ready.count);
  }
  return epoch;
}

SplitView every_second(const Images& images) {
  SplitView view{&images, {}};
  for (std::int32_t i = 0; i < images.count; i += 2) view.indices.push_back(i);
  return view;
}

DatasetInfo info_for(const Images& images) {
  auto info = small_info("test", images.count, 1, 1, 1);
  info.channels = images.channels;
  info.height = images.height;
  info.width = images.width;
  return info;
}

Epoch run(const Images& images, LoaderOptions options, std::int64_t epoch, std::int64_t first_batch = 0) {
  Batches batches(images, options.batch);
  Loader loader(every_second(images), info_for(images), options, batches.slots());
  loader.start(epoch, first_batch);
  return rest_of_epoch(loader, batches, images);
}

/// The definition: 4 zero bytes around the picture, the window cut out, mirrored, and only then made real.
std::vector<float> defined(const Images& images, std::int64_t index, int top, int left, bool flip,
                           const DatasetInfo& info) {
  const int height = images.height, width = images.width;
  std::vector<float> out;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < images.channels; ++c) {
        const int row = y + top - 4, column = (flip ? width - 1 - x : x) + left - 4;
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        const auto at = index * images.image_bytes() + (c * height + row) * width + column;
        const float byte = inside ? static_cast<float>(images.pixels[static_cast<std::size_t>(at)]) : 0.0F;
        const float unit = byte / 255.0F;
        const float centred = unit - info.mean[static_cast<std::size_t>(c)];
        out.push_back(centred / info.std[static_cast<std::size_t>(c)]);
      }
  return out;
}

void expect_defined(const Images& images, const LoaderOptions& options, std::int64_t epoch_number) {
  const auto epoch = run(images, options, epoch_number);
  const auto size = static_cast<std::size_t>(images.image_bytes());
  ASSERT_EQ(epoch.indices.size(), static_cast<std::size_t>((images.count + 1) / 2));
  for (std::size_t i = 0; i < epoch.indices.size(); ++i) {
    const auto index = epoch.indices[i];
    int top = 4, left = 4;
    bool flip = false;
    if (options.augment) {
      RandomStream random(options.seed, "augment", static_cast<std::uint64_t>(epoch_number),
                          static_cast<std::uint64_t>(index));
      top = static_cast<int>(random.below(9));
      left = static_cast<int>(random.below(9));
      flip = random.below(2) == 1;
    }
    const std::vector<float> got(epoch.pixels.begin() + static_cast<std::ptrdiff_t>(i * size),
                                 epoch.pixels.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
    ASSERT_EQ(got, defined(images, index, top, left, flip, info_for(images)))
        << "image " << index << " at (" << top << ", " << left << (flip ? "), flipped" : ")");
    EXPECT_EQ(epoch.labels[i], images.labels[static_cast<std::size_t>(index)]);
  }
}

TEST(LoaderProperty, EqualsTheDefinitionForEveryShape) {
  for (const auto [channels, height, width] :
       std::vector<std::array<int, 3>>{{3, 32, 32}, {1, 5, 9}, {3, 9, 5}, {2, 1, 1}, {3, 2, 3}}) {
    const auto images = random_images(401, channels, height, width);
    for (const bool augment : {false, true})
      expect_defined(images, {.batch = 16, .shuffle = true, .augment = augment, .seed = 3, .threads = 2}, 5);
  }
}

TEST(Loader, WithoutShufflingKeepsTheOrderOfTheSplit) {
  const auto images = random_images(61, 3, 4, 4);
  const auto epoch = run(images, {.batch = 7}, 2);
  const auto view = every_second(images);
  EXPECT_EQ(epoch.indices, std::vector<std::int64_t>(view.indices.begin(), view.indices.end()));
}

TEST(Loader, AShuffledEpochIsAPermutationOfTheSplit) {
  const auto images = random_images(401, 3, 4, 4);
  const LoaderOptions options{.batch = 16, .shuffle = true, .seed = 3};
  auto one = run(images, options, 1).indices;
  const auto two = run(images, options, 2).indices;
  EXPECT_NE(one, two);
  EXPECT_NE(one, run(images, {.batch = 16, .shuffle = true, .seed = 4}, 1).indices);
  std::sort(one.begin(), one.end());
  const auto view = every_second(images);
  EXPECT_EQ(one, std::vector<std::int64_t>(view.indices.begin(), view.indices.end()));
}

TEST(Loader, AugmentationDependsOnTheEpoch) {
  const auto images = random_images(20, 3, 8, 8);
  const LoaderOptions options{.batch = 10, .augment = true};
  EXPECT_NE(run(images, options, 0).pixels, run(images, options, 1).pixels);
}

// Small pictures are claimed by the batch, and those of 130 x 130 one by one.
TEST(LoaderProperty, ThreadsNeverChangeAByte) {
  for (const auto& [count, side] : {std::pair{401, 8}, {61, 130}}) {
    const auto images = random_images(count, 3, side, side);
    LoaderOptions options{.batch = 16, .shuffle = true, .augment = true, .seed = 3, .threads = 1};
    const auto one = run(images, options, 4);
    for (const int threads : {2, 4, 16}) {
      options.threads = threads;
      EXPECT_TRUE(run(images, options, 4) == one) << threads << " threads, side " << side;
    }
  }
}

/// Pictures whose writing waits for each other: done soon if four threads are at it at once, else given up.
class FourAtOnce final : public Source {
 public:
  std::int64_t size() const override { return 4; }
  std::int32_t label(std::int64_t) const override { return 0; }
  void write(std::int64_t, const Augmentation*, const std::vector<ByteTable>&, float*) const override {
    std::unique_lock lock(mutex_);
    ++inside_;
    came_.notify_all();
    if (!came_.wait_for(lock, std::chrono::seconds(10), [this] { return inside_ == 4; })) gave_up_ = true;
  }
  bool gave_up() const { return gave_up_; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  mutable int inside_ = 0;
  mutable bool gave_up_ = false;
};

TEST(Loader, ThreadsShareTheImagesOfOneBatch) {
  const Images large(3, 130, 130);
  const FourAtOnce source{};
  Batches batches(large, 4);
  Loader loader({&source, {0, 1, 2, 3}}, info_for(large), {.batch = 4, .threads = 4}, batches.slots());
  loader.start(0);
  EXPECT_EQ(loader.next().count, 4);
  EXPECT_FALSE(source.gave_up());
}

/// Two pictures of the third batch of eight cannot be read.
class Damaged final : public Source {
 public:
  explicit Damaged(const Images& images) : images_(images) {}
  std::int64_t size() const override { return images_.size(); }
  std::int32_t label(std::int64_t index) const override { return images_.label(index); }
  void write(std::int64_t index, const Augmentation* augmentation, const std::vector<ByteTable>& tables,
             float* out) const override {
    if (index == 19 || index == 22)
      throw_input({"picture " + std::to_string(index) + " is damaged", "a test", "a whole one", "none"});
    images_.write(index, augmentation, tables, out);
  }

 private:
  const Images& images_;
};

TEST(Loader, AnErrorComesWithItsBatchAndStaysUntilAnEpochIsStarted) {
  for (const auto& [threads, side] : {std::pair{1, 4}, {4, 4}, {1, 130}, {4, 130}}) {
    SCOPED_TRACE(std::to_string(threads) + " threads, side " + std::to_string(side));
    const auto images = random_images(40, 3, side, side);
    const Damaged damaged(images);
    SplitView view{&damaged, std::vector<std::int32_t>(40)};
    std::iota(view.indices.begin(), view.indices.end(), 0);
    Batches batches(images, 8);
    Loader loader(view, info_for(images), {.batch = 8, .threads = threads}, batches.slots());
    for (int epoch = 0; epoch < 2; ++epoch) {
      loader.start(epoch);
      EXPECT_EQ(loader.next().count, 8);
      EXPECT_EQ(loader.next().count, 8);
      for (int again = 0; again < 3; ++again)
        EXPECT_EQ(error_of([&] { loader.next(); }).parts().what, "picture 19 is damaged");
    }
    loader.start(2, 3);
    EXPECT_EQ(loader.next().count, 8) << "the batch behind it";
  }
}

TEST(LoaderProperty, BatchSizeNeverChangesAnImage) {
  const auto images = random_images(101, 3, 8, 8);
  const LoaderOptions small{.batch = 3, .shuffle = true, .augment = true, .seed = 3};
  const LoaderOptions large{.batch = 64, .shuffle = true, .augment = true, .seed = 3};
  EXPECT_EQ(run(images, small, 1).pixels, run(images, large, 1).pixels);
}

TEST(LoaderProperty, StartingLateEqualsSkipping) {
  const auto images = random_images(101, 3, 4, 4);
  const LoaderOptions options{.batch = 8, .shuffle = true, .augment = true, .seed = 3, .threads = 2};
  const auto whole = run(images, options, 3);
  for (std::int64_t first = 0; first <= 7; ++first) {
    const auto rest = run(images, options, 3, first);
    const auto skipped = static_cast<std::ptrdiff_t>(first * 8);
    EXPECT_EQ(rest.indices,
              std::vector<std::int64_t>(whole.indices.begin() + std::min<std::ptrdiff_t>(skipped, 51),
                                        whole.indices.end()));
    EXPECT_TRUE(std::equal(rest.pixels.rbegin(), rest.pixels.rend(), whole.pixels.rbegin()));
  }
  EXPECT_TRUE(run(images, options, 3, 100).indices.empty());
}

TEST(Loader, TheLastBatchIsShortOrLeftOut) {
  const auto images = random_images(101, 3, 4, 4);  // 51 of them in the view
  EXPECT_EQ(run(images, {.batch = 16}, 0).counts, (std::vector<std::int64_t>{16, 16, 16, 3}));
  EXPECT_EQ(run(images, {.batch = 16, .drop_last = true}, 0).counts, (std::vector<std::int64_t>{16, 16, 16}));
  EXPECT_EQ(run(images, {.batch = 51}, 0).counts, std::vector<std::int64_t>{51});
  EXPECT_EQ(run(images, {.batch = 51, .drop_last = true}, 0).counts, std::vector<std::int64_t>{51});
  EXPECT_TRUE(run(images, {.batch = 52, .drop_last = true}, 0).counts.empty());
}

TEST(Loader, SaysHowManyBatchesAnEpochHas) {
  const auto images = random_images(101, 3, 4, 4);
  Batches batches(images, 16);
  EXPECT_EQ(
      Loader(every_second(images), info_for(images), {.batch = 16}, batches.slots()).batches_per_epoch(), 4);
  EXPECT_EQ(Loader(every_second(images), info_for(images), {.batch = 16, .drop_last = true}, batches.slots())
                .batches_per_epoch(),
            3);
}

TEST(Loader, AnEmptySplitHasEmptyEpochs) {
  const auto images = random_images(4, 3, 4, 4);
  Batches batches(images, 2);
  Loader loader({&images, {}}, info_for(images), {.batch = 2, .shuffle = true, .threads = 2},
                batches.slots());
  loader.start(0);
  EXPECT_EQ(loader.next().count, 0);
}

TEST(Loader, TheEndOfAnEpochStaysTheEnd) {
  const auto images = random_images(8, 3, 4, 4);
  Batches batches(images, 2);
  Loader loader(every_second(images), info_for(images), {.batch = 2}, batches.slots());
  loader.start(0);
  rest_of_epoch(loader, batches, images);
  EXPECT_EQ(loader.next().count, 0);
  EXPECT_EQ(loader.next().count, 0);
}

TEST(LoaderProperty, AnEpochCanBeAbandonedAnywhere) {
  const auto images = random_images(101, 3, 8, 8);
  const LoaderOptions options{.batch = 4, .shuffle = true, .augment = true, .seed = 3, .threads = 3};
  const auto whole = run(images, options, 9);
  Batches batches(images, options.batch);
  Loader loader(every_second(images), info_for(images), options, batches.slots());
  for (int taken = 0; taken < 14; ++taken) {
    loader.start(taken);
    for (int i = 0; i < taken; ++i) loader.next();
    loader.start(9);
    ASSERT_EQ(rest_of_epoch(loader, batches, images), whole)
        << "after " << taken << " batches of another epoch";
  }
}

TEST(LoaderProperty, TwoSlotsAreEnough) {
  const auto images = random_images(101, 3, 8, 8);
  const LoaderOptions options{.batch = 4, .shuffle = true, .augment = true, .seed = 3, .threads = 4};
  Batches batches(images, options.batch, 2);
  Loader loader(every_second(images), info_for(images), options, batches.slots());
  for (int epoch = 0; epoch < 50; ++epoch) {
    loader.start(epoch);
    ASSERT_EQ(rest_of_epoch(loader, batches, images), run(images, options, epoch));
  }
}

// The batch in the caller's hands must not be overwritten while fillers run ahead as far as they can.
TEST(Loader, LeavesTheCallersBatchAlone) {
  const auto images = random_images(201, 3, 32, 32);
  const LoaderOptions options{.batch = 4, .threads = 4};
  Batches batches(images, options.batch, 2);
  Loader loader(every_second(images), info_for(images), options, batches.slots());
  loader.start(0);
  for (auto ready = loader.next(); ready.count > 0; ready = loader.next()) {
    const auto copy = batches.pixels(ready);
    for (int i = 0; i < 20; ++i) ASSERT_EQ(batches.pixels(ready), copy);
  }
}

TEST(Loader, EndsWhileItPrefetches) {
  const auto images = random_images(201, 3, 32, 32);
  for (int taken = 0; taken < 20; ++taken) {
    Batches batches(images, 4);
    Loader loader(every_second(images), info_for(images), {.batch = 4, .augment = true, .threads = 4},
                  batches.slots());
    loader.start(0);
    for (int i = 0; i < taken; ++i) loader.next();
  }
  Batches batches(images, 4);
  EXPECT_NO_THROW(
      Loader(every_second(images), info_for(images), {.batch = 4, .threads = 4}, batches.slots()));
}

TEST(Loader, MisuseIsABug) {
  const auto images = random_images(8, 3, 4, 4);
  Batches batches(images, 2), one_slot(images, 2, 1);
  const auto make = [&](DatasetInfo info, LoaderOptions options, SplitView view, Batches& memory) {
    return error_of([&] { Loader(std::move(view), info, options, memory.slots()); }).exit_code();
  };
  auto info = info_for(images);
  EXPECT_EQ(make(info, {.batch = 2}, every_second(images), one_slot), 70);
  EXPECT_EQ(make(info, {.batch = 0}, every_second(images), batches), 70);
  EXPECT_EQ(make(info, {.batch = 2, .threads = 0}, every_second(images), batches), 70);
  EXPECT_EQ(make(info, {.batch = 2}, {&images, {8}}, batches), 70);
  info.crop_and_flip = false;
  EXPECT_EQ(make(info, {.batch = 2, .augment = true}, every_second(images), batches), 70);
  Loader loader(every_second(images), info, {.batch = 2}, batches.slots());
  EXPECT_EQ(error_of([&] { loader.next(); }).exit_code(), 70);  // no epoch was started
  EXPECT_EQ(error_of([&] { loader.start(-1); }).exit_code(), 70);
}

}  // namespace
}  // namespace mpq::datasets
