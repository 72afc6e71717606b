#include "datasets/verify.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
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

PartReport verify_part(const std::string& name, const Source& part, const DatasetInfo& info, int threads,
                       const ProgressSink& sink) {
  const auto tables = plain_tables();
  const auto values = static_cast<std::size_t>(info.channels) * static_cast<std::size_t>(info.height) *
                      static_cast<std::size_t>(info.width);
  Sums all;
  all.per_class.resize(static_cast<std::size_t>(info.classes));
  Progress progress(sink, name, static_cast<double>(part.size()), "picture");
  std::mutex mutex;
  std::atomic<std::int64_t> next = 0;
  const auto work = [&] {
    Sums own;
    own.per_class.resize(all.per_class.size());
    std::vector<float> pixels(values);
    for (std::int64_t i = next++; i < part.size(); i = next++) {
      ++own.per_class.at(static_cast<std::size_t>(part.label(i)));
      try {
        part.write(i, nullptr, tables, pixels.data());
        own.add(pixels, info.channels);
      } catch (const Error& e) {
        if (own.first_broken < 0 || i < own.first_broken) own.first_broken = i, own.reason = e.parts();
        ++own.broken;
      }
      if (i % 256 == 0) {
        const std::lock_guard lock(mutex);
        progress.update(static_cast<double>(i));
      }
    }
    const std::lock_guard lock(mutex);
    all.add(own);
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i) helpers.emplace_back(work);
    work();
  }
  progress.finish();
  PartReport report{name, part.size(), all.broken, all.per_class, {}, {}, all.first_broken, all.reason};
  const double n = static_cast<double>(all.read) * static_cast<double>(values) / info.channels;
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
