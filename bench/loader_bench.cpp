// Pictures on their way into a batch: JPEG files to normalised crops, against libjpeg-turbo alone and against
// our reader on the same files; the loader on pictures in memory.
//
//   MPQ_DATA=DIR loader_bench --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true
//
// Read the medians as ratios within one run. Without MPQ_DATA the photographs are left out, in words.

#include <benchmark/benchmark.h>

#include <cstdio>
// It uses FILE and size_t.
#include <jpeglib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "core/file.h"
#include "datasets/loader.h"
#include "datasets/picture_source.h"
#include "datasets/registry.h"

namespace mpq::datasets {
namespace {

namespace fs = std::filesystem;
using benchmark::State;

struct Photograph {
  std::string name, bytes;
};

const std::vector<Photograph>& photographs() {
  static const std::vector<Photograph> all = [] {
    std::vector<Photograph> found;
    const char* data = std::getenv("MPQ_DATA");
    const auto folder = fs::path(data ? data : "") / "imagenet-sample/val";
    std::error_code absent;
    for (const auto& entry : fs::recursive_directory_iterator(folder, absent))
      if (entry.is_regular_file()) found.push_back({entry.path().string(), read_file(entry.path().string())});
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return found;
  }();
  return all;
}

/// The same pictures over and over, one an iteration.
template <class Work>
void for_each(State& state, const Work& work) {
  if (photographs().empty()) return state.SkipWithError("needs MPQ_DATA");
  std::size_t i = 0;
  for (auto _ : state) {
    work(photographs()[i % photographs().size()], static_cast<std::uint64_t>(i));
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}

/// The yardstick: libjpeg-turbo and nothing else. One codec and one buffer for all files, which the library
/// writes its rows of RGB into; no limits, no checks, nothing that copies.
class PlainDecoder {
 public:
  PlainDecoder() {
    codec_.err = jpeg_std_error(&errors_);
    jpeg_create_decompress(&codec_);
  }
  ~PlainDecoder() { jpeg_destroy_decompress(&codec_); }
  PlainDecoder(const PlainDecoder&) = delete;
  PlainDecoder& operator=(const PlainDecoder&) = delete;

  const std::vector<std::uint8_t>& decode(const std::string& bytes) {
    jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&codec_, TRUE);
    codec_.out_color_space = JCS_RGB;
    jpeg_start_decompress(&codec_);
    const auto row_bytes = static_cast<std::size_t>(codec_.output_width) * 3;
    pixels_.resize(std::max(pixels_.size(), row_bytes * codec_.output_height));
    while (codec_.output_scanline < codec_.output_height) {
      const auto count = std::min(kRows, codec_.output_height - codec_.output_scanline);
      JSAMPROW rows[kRows];
      for (JDIMENSION i = 0; i < count; ++i)
        rows[i] = pixels_.data() + row_bytes * (codec_.output_scanline + i);
      jpeg_read_scanlines(&codec_, rows, count);
    }
    jpeg_finish_decompress(&codec_);
    return pixels_;
  }

 private:
  static constexpr JDIMENSION kRows = 16;  // of two blocks: what the library makes at once
  jpeg_error_mgr errors_{};
  jpeg_decompress_struct codec_{};
  std::vector<std::uint8_t> pixels_;
};

void decode_libjpeg_turbo(State& state) {
  PlainDecoder decoder;
  for_each(state, [&](const Photograph& p, std::uint64_t) {
    benchmark::DoNotOptimize(decoder.decode(p.bytes).data());
    benchmark::ClobberMemory();
  });
}

void decode_whole(State& state) {
  for_each(state, [](const Photograph& p, std::uint64_t) {
    benchmark::DoNotOptimize(decode_picture(p.bytes, p.name));
  });
}

std::vector<ByteTable> tables() { return std::vector<ByteTable>(3); }

/// As PictureSource does it, without the disk.
class InMemory final : public PictureStore {
 public:
  std::int64_t size() const override { return static_cast<std::int64_t>(photographs().size()); }
  std::int32_t label(std::int64_t) const override { return 0; }
  std::string name(std::int64_t i) const override { return photographs()[static_cast<std::size_t>(i)].name; }
  std::string bytes(std::int64_t i) const override {
    return photographs()[static_cast<std::size_t>(i)].bytes;
  }
};

void normalised(State& state, bool augmented) {
  if (photographs().empty()) return state.SkipWithError("needs MPQ_DATA");
  const PictureSource source(std::make_shared<const InMemory>(), {});
  const auto lookup = tables();
  std::vector<float> out(224 * 224 * 3);
  std::int64_t i = 0;
  for (auto _ : state) {
    const Augmentation augmentation{1, i / source.size()};
    source.write(i % source.size(), augmented ? &augmentation : nullptr, lookup, out.data());
    benchmark::ClobberMemory();
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
void evaluation_crop(State& state) { normalised(state, false); }
void training_crop(State& state) { normalised(state, true); }

void loader_in_memory(State& state) {
  constexpr std::int64_t kBatch = 128;
  const auto& entry = registry().find("synthetic", "bench");
  const auto dataset = entry.open(resolve_options(entry.info.options, {}, "bench"), "");
  const auto& info = dataset.info();
  const auto values =
      static_cast<std::size_t>(kBatch) * static_cast<std::size_t>(info.channels * info.height * info.width);
  std::vector<std::vector<float>> images(4, std::vector<float>(values));
  std::vector<std::vector<std::int64_t>> numbers(8, std::vector<std::int64_t>(kBatch));
  std::vector<BatchMemory> slots;
  for (std::size_t s = 0; s < images.size(); ++s)
    slots.push_back({images[s].data(), numbers[2 * s].data(), numbers[2 * s + 1].data()});
  Loader loader(dataset.split(Split::train), info,
                {.batch = kBatch,
                 .shuffle = true,
                 .drop_last = true,
                 .augment = true,
                 .seed = 1,
                 .threads = static_cast<int>(state.range(0))},
                slots);
  std::int64_t epoch = 0, seen = 0;
  loader.start(epoch);
  for (auto _ : state) {
    auto ready = loader.next();
    if (ready.count == 0) {
      loader.start(++epoch);
      ready = loader.next();
    }
    seen += ready.count;
  }
  state.SetItemsProcessed(seen);
}

BENCHMARK(decode_libjpeg_turbo)->Unit(benchmark::kMicrosecond);
BENCHMARK(decode_whole)->Unit(benchmark::kMicrosecond);
BENCHMARK(evaluation_crop)->Unit(benchmark::kMicrosecond);
BENCHMARK(training_crop)->Unit(benchmark::kMicrosecond);
BENCHMARK(loader_in_memory)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mpq::datasets

BENCHMARK_MAIN();
