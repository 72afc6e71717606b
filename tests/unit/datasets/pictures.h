#pragma once

#include <cstdint>
#include <string>

#include "core/random.h"
#include "datasets/dataset.h"

namespace mpq::datasets::testing {

/// Pictures of random bytes; image i has label i mod classes.
inline Images random_images(std::int64_t count, int channels, int height, int width, int classes = 10) {
  Images images(channels, height, width);
  images.count = count;
  RandomStream random(1, "test pictures");
  for (std::int64_t i = 0; i < count * images.image_bytes(); ++i)
    images.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
  for (std::int64_t i = 0; i < count; ++i) images.labels.push_back(static_cast<std::int32_t>(i % classes));
  return images;
}

/// Facts that fit: `train_count` and `test_count` pictures of 3×4×4.
inline DatasetInfo small_info(const std::string& name, std::int64_t train_count, std::int64_t test_count,
                              std::int64_t search_count, std::int64_t calib_count) {
  DatasetInfo info{.name = name, .title = name, .citation = "a test", .folder = {}, .options = {}};
  info.classes = 10;
  info.height = info.width = 4;
  info.mean = {0.485F, 0.456F, 0.406F};
  info.std = {0.229F, 0.224F, 0.225F};
  info.train_count = train_count;
  info.test_count = test_count;
  info.search_count = search_count;
  info.calib_count = calib_count;
  return info;
}

inline Dataset small_dataset(const std::string& name, std::int64_t train_count = 100,
                             std::int64_t search_count = 20, std::int64_t calib_count = 30) {
  return Dataset(small_info(name, train_count, 15, search_count, calib_count),
                 random_images(train_count, 3, 4, 4), random_images(15, 3, 4, 4));
}

}  // namespace mpq::datasets::testing
