// A made-up picture set that needs no files: 10 classes = 5 textures × fine or coarse. The texture fills a
// figure whose outline, place, size, tilt, colours, contrast and brightness vary; so do a faint texture
// behind it, a plain blob that gets in the way, and noise. Fine and coarse are close, so that telling them
// apart needs precise filters. Every class is its own mirror image, so a flip keeps the label.
//
// The bytes are the same on every machine: integers, and + − × ÷ √ on float32, which IEEE 754 defines to the
// last bit; no sine, no logarithm, no distribution of the standard library.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/hash.h"
#include "core/random.h"
#include "datasets/registry.h"

namespace mpq::datasets {
namespace {

struct SyntheticOptions {
  std::int64_t seed = 1;
  double noise = 0.08;

  template <class Visitor>
  void fields(Visitor& f) {
    f("seed", seed, "which pictures are drawn, >= 0");
    f("noise", noise,
      "standard deviation of the pixel noise, as a part of the range from black to white, 0 to 1");
  }
};

SyntheticOptions checked(const Json& options) {
  const std::string where = "options of data set synthetic";
  const auto parsed = parse_options<SyntheticOptions>(options, where);
  if (parsed.seed < 0)
    throw_input({"seed is " + std::to_string(parsed.seed), where, "seed >= 0", "write another seed"});
  if (parsed.noise < 0 || parsed.noise > 1)
    throw_input(
        {"noise is " + std::to_string(parsed.noise), where, "0 <= noise <= 1", "write another noise"});
  return parsed;
}

constexpr int kSize = 32;
constexpr int kClasses = 10;

using Colour = std::array<float, 3>;

float between(RandomStream& random, float low, float high) {
  return low + (high - low) * (static_cast<float>(random.next_u32() >> 8) * 0x1p-24F);
}

Colour colour_between(RandomStream& random, float low, float high) {
  return {between(random, low, high), between(random, low, high), between(random, low, high)};
}

/// A place, a size and a tilt: maps pixels to coordinates in which a figure has radius 1.
struct Frame {
  float x, y, radius, cosine, sine;

  static Frame draw(RandomStream& random, float spread, float smallest, float largest) {
    Frame frame{};
    frame.x = (kSize - 1) * 0.5F + between(random, -spread, spread);
    frame.y = (kSize - 1) * 0.5F + between(random, -spread, spread);
    frame.radius = between(random, smallest, largest);
    const float t = between(random, -0.14F, 0.14F);  // tangent of half the tilt: at most 16 degrees
    frame.cosine = (1 - t * t) / (1 + t * t);
    frame.sine = 2 * t / (1 + t * t);
    return frame;
  }
  float u(float px, float py) const { return (cosine * (px - x) + sine * (py - y)) / radius; }
  float v(float px, float py) const { return (cosine * (py - y) - sine * (px - x)) / radius; }
};

/// Distance from an outline in a figure's own coordinates, negative inside: a disc, a cross.
float distance(int outline, float u, float v) {
  if (outline == 0) return std::sqrt(u * u + v * v) - 0.9F;
  const float au = std::abs(u), av = std::abs(v);
  return std::min(std::max(au - 1, av - 0.4F), std::max(au - 0.4F, av - 1));
}

/// A triangle wave of period 1 between −1 and 1, for any x > −1000.
float wave(float x) {
  const float shifted = x + 1000;
  const float fraction = shifted - static_cast<float>(static_cast<int>(shifted));
  return std::abs(4 * fraction - 2) - 1;
}

struct Texture {
  int kind;
  float waves_per_radius, phase_u, phase_v;
  Colour strength;

  /// That of class `label`, in a figure of `radius` pixels.
  static Texture draw(RandomStream& random, int label, float radius, float weakest, float strongest) {
    const float period = label % 2 == 0 ? between(random, 3.0F, 4.0F) : between(random, 4.2F, 5.6F);
    Texture texture{label / 2, radius / period, between(random, 0, 1), between(random, 0, 1), {}};
    // Many weak ones and few strong ones: a wide range, which few bits cannot hold.
    const float u = between(random, 0, 1), sign = random.below(2) == 0 ? -1.0F : 1.0F;
    const float contrast = sign * (weakest + (strongest - weakest) * u * u);
    for (auto& strength : texture.strength) strength = contrast * between(random, 0.6F, 1);
    return texture;
  }
  /// Stripes along, stripes across, checks, a grid, circles: between −1 and 1.
  float at(float u, float v) const {
    const float along = wave(v * waves_per_radius + phase_v), across = wave(u * waves_per_radius + phase_u);
    switch (kind) {
      case 0:
        return along;
      case 1:
        return across;
      case 2:
        return std::clamp(2 * along * across, -1.0F, 1.0F);  // as strong as the others
      case 3:
        return std::max(along, across);
      default:
        return wave(std::sqrt(u * u + v * v) * waves_per_radius + phase_u);
    }
  }
};

/// Everything about one picture but its noise.
struct Scene {
  int outline;
  Frame figure, blob, ground;
  Texture figure_texture, ground_texture;
  Colour figure_colour, blob_colour, ground_colour;
};

Scene draw_scene(RandomStream& random, int label) {
  Scene scene{};
  scene.outline = static_cast<int>(random.below(2));
  scene.figure = Frame::draw(random, 3, 10, 13);
  scene.blob = Frame::draw(random, 15, 3, 6);
  scene.ground = Frame::draw(random, 0, 16, 16);
  scene.figure_texture = Texture::draw(random, label, scene.figure.radius, 0.06F, 0.4F);
  scene.ground_texture =
      Texture::draw(random, static_cast<int>(random.below(kClasses)), scene.ground.radius, 0.0F, 0.04F);
  scene.ground_colour = colour_between(random, 0.25F, 0.75F);
  scene.blob_colour = colour_between(random, 0.2F, 0.8F);
  const float sign = random.below(2) == 0 ? -1.0F : 1.0F;  // darker or lighter than the ground
  for (std::size_t c = 0; c < 3; ++c)
    scene.figure_colour[c] = scene.ground_colour[c] + sign * between(random, 0.08F, 0.3F);
  return scene;
}

/// Part of a pixel that lies inside, from the distance of its centre in pixels.
float coverage(float distance_pixels) { return std::clamp(0.5F - distance_pixels, 0.0F, 1.0F); }

/// Nearly normal with deviation 1: four bytes added, whose sum has mean 510 and variance 4·(256² − 1)/12.
float noise(std::uint32_t bits) {
  const auto sum = static_cast<int>((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24));
  return static_cast<float>(sum - 510) * (1 / 147.8F);
}

void paint(const Scene& scene, RandomStream& random, float noise_deviation, std::uint8_t* pixels) {
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      const auto px = static_cast<float>(x), py = static_cast<float>(y);
      const float u = scene.figure.u(px, py), v = scene.figure.v(px, py);
      const float figure = coverage(distance(scene.outline, u, v) * scene.figure.radius);
      const float blob =
          coverage(distance(0, scene.blob.u(px, py), scene.blob.v(px, py)) * scene.blob.radius);
      const float ground_wave = scene.ground_texture.at(scene.ground.u(px, py), scene.ground.v(px, py));
      const float figure_wave = scene.figure_texture.at(u, v);
      for (std::size_t c = 0; c < 3; ++c) {
        float value = scene.ground_colour[c] + scene.ground_texture.strength[c] * ground_wave;
        value += blob * (scene.blob_colour[c] - value);
        value += figure * (scene.figure_colour[c] + scene.figure_texture.strength[c] * figure_wave - value);
        value += noise_deviation * noise(random.next_u32());
        pixels[c * kSize * kSize + static_cast<std::size_t>(y * kSize + x)] =
            static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255));
      }
    }
}

/// Image i of a part depends on (seed, part, i) alone; labels go round, so that classes are balanced.
Images make_part(const SyntheticOptions& options, const DatasetInfo& info, const char* part,
                 std::int64_t count) {
  Images images(info.channels, info.height, info.width);
  images.count = count;
  images.pixels.resize(static_cast<std::size_t>(count * images.image_bytes()));
  for (std::int64_t i = 0; i < count; ++i) {
    RandomStream random(static_cast<std::uint64_t>(options.seed), std::string("synthetic-") + part,
                        static_cast<std::uint64_t>(i));
    images.labels.push_back(static_cast<std::int32_t>(i % kClasses));
    const Scene scene = draw_scene(random, images.labels.back());
    paint(scene, random, static_cast<float>(options.noise), images.pixels.data() + i * images.image_bytes());
  }
  return images;
}

}  // namespace

MPQ_REGISTER_DATASET(synthetic) {
  const DatasetInfo info{
      .name = "synthetic",
      .title = "Synthetic textures",
      .citation = "this project",
      .revision = 1,
      .classes = kClasses,
      .height = kSize,
      .width = kSize,
      .mean = {0.5F, 0.5F, 0.5F},
      .std = {0.2F, 0.2F, 0.2F},
      .train_count = 3072,
      .test_count = 1024,
      .search_count = 512,
      .calib_count = 512,
      .folder = {},
      .options = describe_options<SyntheticOptions>(),
  };
  const auto open = [info](const Json& options, const std::string&) {
    const auto parsed = checked(options);
    return Dataset(info, make_part(parsed, info, "train", info.train_count),
                   make_part(parsed, info, "test", info.test_count));
  };
  const auto fingerprint = [info](const Json& options, const std::string&) {
    checked(options);
    const auto complete = resolve_options(info.options, options, "options of data set synthetic");
    return sha256(canonical({{"name", info.name}, {"revision", info.revision}, {"options", complete}}));
  };
  registry.add({info, open, fingerprint});
}

}  // namespace mpq::datasets
