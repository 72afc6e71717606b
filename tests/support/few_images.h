#pragma once

#include <cstdint>

#include "datasets/registry.h"

namespace mpq::testing {

/// The first pictures of the synthetic set: `train` to train on; `others` each to search, hold out and calibrate on,
/// and in the test part.
inline datasets::Dataset few_images(std::int64_t train, std::int64_t others) {
  const auto& entry = datasets::registry().find("synthetic", "test");
  const auto whole = entry.open(resolve_options(entry.info.options, Json::object(), "test"), "");
  auto info = whole.info();
  info.train_count = train + 2 * others;
  info.test_count = info.search_count = info.calib_count = others;
  const auto& all = dynamic_cast<const datasets::Images&>(*whole.split(datasets::Split::train).images);
  const auto first = [&](std::int64_t count) {
    auto part = all;
    part.count = count;
    part.pixels.resize(static_cast<std::size_t>(count * all.image_bytes()));
    part.labels.resize(static_cast<std::size_t>(count));
    return part;
  };
  return {info, first(info.train_count), first(others)};
}

}  // namespace mpq::testing
