#include "datasets/few_images.h"

namespace mpq::datasets {

Dataset few_images(const Dataset& whole, std::int64_t train, std::int64_t others) {
  auto info = whole.info();
  info.train_count = train + 2 * others;
  info.test_count = info.search_count = info.calib_count = others;
  const auto& all = dynamic_cast<const Images&>(*whole.split(Split::train).images);
  const auto first = [&](std::int64_t count) {
    auto part = all;
    part.count = count;
    part.pixels.resize(static_cast<std::size_t>(count * all.image_bytes()));
    part.labels.resize(static_cast<std::size_t>(count));
    return part;
  };
  return {info, first(info.train_count), first(others)};
}

}  // namespace mpq::datasets
