#include "datasets/colour_jitter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mpq::datasets {
namespace {

using Pixel = std::array<std::uint8_t, 3>;

std::uint8_t luma(const std::uint8_t* p) {
  return static_cast<std::uint8_t>((19595 * p[0] + 38470 * p[1] + 7471 * p[2] + 32768) >> 16);
}

/// degenerate + factor · (value − degenerate), truncated; in float32, each step rounded.
std::uint8_t blend(std::uint8_t degenerate, std::uint8_t value, float factor) {
  const float from = degenerate;
  const float moved = from + factor * (static_cast<float>(value) - from);
  if (factor >= 0 && factor <= 1) return static_cast<std::uint8_t>(moved);
  return moved <= 0 ? std::uint8_t{0} : moved >= 255 ? std::uint8_t{255} : static_cast<std::uint8_t>(moved);
}

template <class Degenerate>
void blend_all(Picture& picture, float factor, const Degenerate& degenerate) {
  if (factor == 1) return;
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    auto* p = picture.rgb.data() + i;
    const std::uint8_t from = degenerate(p);
    for (int c = 0; c < 3; ++c) p[c] = factor == 0 ? from : blend(from, p[c], factor);
  }
}

Pixel to_hsv(const std::uint8_t* p) {
  const int high = std::max({p[0], p[1], p[2]}), low = std::min({p[0], p[1], p[2]});
  if (high == low) return {0, 0, static_cast<std::uint8_t>(high)};
  const float range = static_cast<float>(high - low);
  const float saturation = range / static_cast<float>(high);
  const float rc = static_cast<float>(high - p[0]) / range, gc = static_cast<float>(high - p[1]) / range,
              bc = static_cast<float>(high - p[2]) / range;
  float hue = 0;
  if (p[0] == high)
    hue = bc - gc;
  else if (p[1] == high)
    hue = static_cast<float>(2.0 + rc - bc);
  else
    hue = static_cast<float>(4.0 + gc - rc);
  hue = static_cast<float>(std::fmod(hue / 6.0 + 1.0, 1.0));
  const auto byte = [](double v) {
    return static_cast<std::uint8_t>(std::clamp(static_cast<int>(v), 0, 255));
  };
  return {byte(hue * 255.0), byte(saturation * 255.0), static_cast<std::uint8_t>(high)};
}

Pixel to_rgb(const Pixel& hsv) {
  const auto [h, s, v] = hsv;
  if (s == 0) return {v, v, v};
  const auto sector = static_cast<int>(std::floor(static_cast<float>(h) * 6.0 / 255.0));
  const auto f = static_cast<float>(static_cast<float>(h) * 6.0 / 255.0 - sector);
  const auto saturation = static_cast<float>(s / 255.0);
  const auto byte = [v = v](double share) {
    return static_cast<std::uint8_t>(std::clamp(static_cast<int>(std::round(v * share)), 0, 255));
  };
  const float product = saturation * f;
  const auto p = byte(1.0 - saturation), q = byte(1.0 - product), t = byte(1.0 - saturation * (1.0 - f));
  switch (sector % 6) {
    case 0:
      return {v, t, p};
    case 1:
      return {q, v, p};
    case 2:
      return {p, v, t};
    case 3:
      return {p, q, v};
    case 4:
      return {t, p, v};
    default:
      return {v, p, q};
  }
}

}  // namespace

void adjust_brightness(Picture& picture, float factor) {
  blend_all(picture, factor, [](const std::uint8_t*) { return std::uint8_t{0}; });
}

void adjust_contrast(Picture& picture, float factor) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) sum += luma(picture.rgb.data() + i);
  const auto pixels = static_cast<double>(picture.rgb.size()) / 3;
  const auto mean = static_cast<std::uint8_t>(std::floor(static_cast<double>(sum) / pixels + 0.5));
  blend_all(picture, factor, [mean](const std::uint8_t*) { return mean; });
}

void adjust_saturation(Picture& picture, float factor) {
  blend_all(picture, factor, [](const std::uint8_t* p) { return luma(p); });
}

void adjust_hue(Picture& picture, double factor) {
  const auto turn = static_cast<int>(factor * 255);
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    auto* p = picture.rgb.data() + i;
    auto hsv = to_hsv(p);
    hsv[0] = static_cast<std::uint8_t>(hsv[0] + turn);
    const auto rgb = to_rgb(hsv);
    std::copy(rgb.begin(), rgb.end(), p);
  }
}

}  // namespace mpq::datasets
