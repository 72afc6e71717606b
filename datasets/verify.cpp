#include "datasets/verify.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <thread>

#include "datasets/test_split.h"

namespace mpq::datasets {
namespace {

// Bytes as they are, so that write() gives them back as numbers.
std::vector<ByteTable> plain_tables() {
  ByteTable table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i);
  return {3, table};
}

/// Sums of bytes are integers: their order changes nothing.
struct Sums {
  std::array<std::uint64_t, 3> sum{}, squares{};
  std::vector<std::int64_t> per_class;
  std::int64_t read = 0, broken = 0, first_broken = -1;
  ErrorParts reason;

  void add(const std::vector<float>& pixels, int channels) {
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const auto value = static_cast<std::uint64_t>(pixels[i]);
      const auto c = i % static_cast<std::size_t>(channels);
      sum[c] += value, squares[c] += value * value;
    }
    ++read;
  }
  void add(const Sums& other) {
    for (std::size_t c = 0; c < 3; ++c) sum[c] += other.sum[c], squares[c] += other.squares[c];
    for (std::size_t k = 0; k < per_class.size(); ++k) per_class[k] += other.per_class[k];
    read += other.read, broken += other.broken;
    if (other.first_broken >= 0 && (first_broken < 0 || other.first_broken < first_broken))
      first_broken = other.first_broken, reason = other.reason;
  }
};

/// One part, read by several threads: each takes the next picture and keeps sums of its own.
class Reading {
 public:
  Reading(const Source& part, const DatasetInfo& info, Progress& progress)
      : part_(part), channels_(info.channels), progress_(progress) {
    values_ = static_cast<std::size_t>(info.channels) * static_cast<std::size_t>(info.height) *
              static_cast<std::size_t>(info.width);
    all_.per_class.resize(static_cast<std::size_t>(info.classes));
  }

  Sums run(int threads) {
    {
      std::vector<std::jthread> helpers;
      for (int i = 1; i < threads; ++i) helpers.emplace_back([this] { work(); });
      work();
    }
    if (trouble_) std::rethrow_exception(trouble_);
    return all_;
  }

 private:
  // An exception that left a helper would end the program: the first is kept for the caller, and all stop.
  void work() {
    try {
      read_pictures();
    } catch (...) {
      next_ = part_.size();
      const std::lock_guard lock(mutex_);
      if (!trouble_) trouble_ = std::current_exception();
    }
  }

  void read_pictures() {
    Sums own;
    own.per_class.resize(all_.per_class.size());
    std::vector<float> pixels(values_);
    for (std::int64_t i = next_++; i < part_.size(); i = next_++) {
      ++own.per_class.at(static_cast<std::size_t>(part_.label(i)));
      try {
        part_.verify(i, tables_, pixels.data());
        own.add(pixels, channels_);
      } catch (const Error& e) {
        if (own.first_broken < 0 || i < own.first_broken) own.first_broken = i, own.reason = e.parts();
        ++own.broken;
      }
      if (i % 256 == 0) {
        const std::lock_guard lock(mutex_);
        progress_.update(static_cast<double>(i));
      }
    }
    const std::lock_guard lock(mutex_);
    all_.add(own);
  }

  const Source& part_;
  int channels_;
  Progress& progress_;
  std::size_t values_ = 0;
  const std::vector<ByteTable> tables_ = plain_tables();
  std::atomic<std::int64_t> next_ = 0;
  std::mutex mutex_;  // of what follows, and of progress_
  Sums all_;
  std::exception_ptr trouble_;
};

PartReport verify_part(const std::string& name, const Source& part, const DatasetInfo& info, int threads,
                       const ProgressSink& sink) {
  Progress progress(sink, name, static_cast<double>(part.size()), "picture");
  const auto all = Reading(part, info, progress).run(threads);
  progress.finish();
  PartReport report{name, part.size(), all.broken, all.per_class, {}, {}, all.first_broken, all.reason};
  const double n = static_cast<double>(all.read) * info.height * info.width;
  for (std::size_t c = 0; n > 0 && c < static_cast<std::size_t>(info.channels); ++c) {
    const double mean = static_cast<double>(all.sum[c]) / n;
    report.mean[c] = mean / 255;
    report.std[c] = std::sqrt(std::max(0.0, static_cast<double>(all.squares[c]) / n - mean * mean)) / 255;
  }
  return report;
}

}  // namespace

VerifyReport verify_dataset(const Entry& entry, const Json& options, const std::string& data_folder,
                            int threads, const ProgressSink& progress) {
  VerifyReport report;
  report.fingerprint = entry.fingerprint(options, data_folder);
  const auto& open = entry.open_originals ? entry.open_originals : entry.open;
  const auto dataset = open(options, data_folder);
  report.info = dataset.info();
  report.parts.push_back(
      verify_part("train", *dataset.split(Split::train).images, dataset.info(), threads, progress));
  report.parts.push_back(
      verify_part("test", *TestSplit::open(dataset).images, dataset.info(), threads, progress));
  return report;
}

Picture contact_sheet(const Dataset& dataset, const Augmentation* augmentation, std::int64_t first,
                      int columns, int rows) {
  constexpr int kGap = 2;
  const auto& info = dataset.info();
  const auto view = dataset.split(Split::train);
  const auto tables = plain_tables();
  Picture sheet(rows * (info.height + kGap) - kGap, columns * (info.width + kGap) - kGap);
  std::fill(sheet.rgb.begin(), sheet.rgb.end(), std::uint8_t{255});
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> pixels(channels * static_cast<std::size_t>(info.height) *
                            static_cast<std::size_t>(info.width));
  for (std::int64_t i = 0; i < std::int64_t{rows} * columns && first + i < view.count(); ++i) {
    view.images->write(view.indices[static_cast<std::size_t>(first + i)], augmentation, tables,
                       pixels.data());
    const int top = static_cast<int>(i / columns) * (info.height + kGap);
    const int left = static_cast<int>(i % columns) * (info.width + kGap);
    for (int y = 0; y < info.height; ++y)
      for (int x = 0; x < info.width; ++x)
        for (std::size_t c = 0; c < 3; ++c)
          sheet.row(top + y)[static_cast<std::size_t>(3 * (left + x)) + c] = static_cast<std::uint8_t>(
              pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(info.width) +
                      static_cast<std::size_t>(x)) *
                         channels +
                     std::min(c, channels - 1)]);
  }
  return sheet;
}

}  // namespace mpq::datasets
