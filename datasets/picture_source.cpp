#include "datasets/picture_source.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.h"
#include "datasets/colour_jitter.h"

namespace mpq::datasets {
namespace {

constexpr int kTries = 10;  // random boxes before the fallback
constexpr double kNarrowest = 3.0 / 4, kWidest = 4.0 / 3;
constexpr int kLongestResized = 1'000'000;  // of a side; at 256 the shorter one, a shape of 1 to 3,900

double between(RandomStream& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

// torchvision's RandomResizedCrop.get_params with our draws: area uniform, aspect uniform on a logarithmic
// scale.
Box draw_box(RandomStream& random, const PictureSize& size, double least_area) {
  for (int i = 0; i < kTries; ++i) {
    const double area = static_cast<double>(size.height) * size.width * between(random, least_area, 1);
    const double aspect = std::exp(between(random, std::log(kNarrowest), std::log(kWidest)));
    const auto box = box_size(area, aspect);
    if (box.width < 1 || box.height < 1 || box.width > size.width || box.height > size.height) continue;
    const auto top = random.below(static_cast<std::uint32_t>(size.height - box.height + 1));
    const auto left = random.below(static_cast<std::uint32_t>(size.width - box.width + 1));
    return {static_cast<int>(top), static_cast<int>(left), box.height, box.width};
  }
  return fallback_box(size.height, size.width);
}

// The four adjustments in random order, each with its own factor, as torchvision's ColorJitter.
void jitter(Picture& picture, const PicturePreparation& how, RandomStream& random) {
  const auto factor = [&](double strength) {
    return static_cast<float>(between(random, std::max(0.0, 1 - strength), 1 + strength));
  };
  const std::function<void()> steps[] = {[&] {
                                           if (how.brightness > 0)
                                             adjust_brightness(picture, factor(how.brightness));
                                         },
                                         [&] {
                                           if (how.contrast > 0)
                                             adjust_contrast(picture, factor(how.contrast));
                                         },
                                         [&] {
                                           if (how.saturation > 0)
                                             adjust_saturation(picture, factor(how.saturation));
                                         },
                                         [&] {
                                           if (how.hue > 0)
                                             adjust_hue(picture, between(random, -how.hue, how.hue));
                                         }};
  int order[] = {0, 1, 2, 3};
  for (std::uint32_t i = 3; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  for (const int step : order) steps[step]();
}

bool has_jitter(const PicturePreparation& how) {
  return how.brightness > 0 || how.contrast > 0 || how.saturation > 0 || how.hue > 0;
}

/// Evaluation's way: all of `whole` is resized, and `square` is cut from the middle.
struct Centre {
  Size whole, target;
  Box square;
};

// A strip of pixels is no photograph, and what would be left of it is a smear of a few of them.
Centre centre_of(const Size& whole, const std::string& name, const PicturePreparation& how) {
  const auto target = shorter_side_to(whole.height, whole.width, static_cast<int>(how.shorter));
  if (std::max(target.height, target.width) > kLongestResized)
    throw_input(
        {"the picture has " + std::to_string(whole.width) + "x" + std::to_string(whole.height) + " pixels",
         name,
         "a shape whose longer side has at most " + std::to_string(kLongestResized) +
             " pixels when the shorter one has " + std::to_string(how.shorter),
         "get the file again, or leave it out (option exclude)"});
  return {whole, target, centre_box(target.height, target.width, static_cast<int>(how.side))};
}

void normalise(const Picture& picture, const std::vector<ByteTable>& tables, float* out) {
  const auto &red = tables.at(0), &green = tables.at(1), &blue = tables.at(2);
  const auto* in = picture.rgb.data();
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    out[i] = red[in[i]];
    out[i + 1] = green[in[i + 1]];
    out[i + 2] = blue[in[i + 2]];
  }
}

}  // namespace

Picture evaluation_view(std::string_view bytes, const std::string& name, const PicturePreparation& how) {
  const auto decoding = how.decoding();
  const auto found = read_picture_size(bytes, name, decoding);
  const auto [whole, target, square] = centre_of({found.height, found.width}, name, how);
  const auto needed = inputs_for(whole, target, square, how.filter);
  return resize_window(decode_part(bytes, name, needed, decoding), needed, whole, target, square, how.filter);
}

Picture verified_view(std::string_view bytes, const std::string& name, const PicturePreparation& how) {
  const auto picture = decode_picture(bytes, name, how.decoding());
  const auto centre = centre_of({picture.height, picture.width}, name, how);
  return resize_part(picture, centre.target.height, centre.target.width, centre.square, how.filter);
}

Picture training_view(std::string_view bytes, const std::string& name, const PicturePreparation& how,
                      RandomStream random) {
  if (how.least_area >= 1) {
    auto picture = evaluation_view(bytes, name, how);
    if (how.flip && random.below(2) == 1) mirror(picture);
    if (has_jitter(how)) jitter(picture, how, random);
    return picture;
  }
  const auto decoding = how.decoding();
  const auto box = draw_box(random, read_picture_size(bytes, name, decoding), how.least_area);
  const int side = static_cast<int>(how.side);
  auto picture = resize(decode_part(bytes, name, box, decoding), side, side, how.filter);
  if (how.flip && random.below(2) == 1) mirror(picture);
  if (has_jitter(how)) jitter(picture, how, random);
  return picture;
}

Picture PictureSource::view(std::int64_t index, const Augmentation* augmentation) const {
  const auto bytes = store_->bytes(index);
  const auto name = store_->name(index);
  return augmentation ? training_view(bytes, name, how_, augmentation->stream(index))
                      : evaluation_view(bytes, name, how_);
}

void PictureSource::write(std::int64_t index, const Augmentation* augmentation,
                          const std::vector<ByteTable>& tables, float* out) const {
  normalise(view(index, augmentation), tables, out);
}

void PictureSource::verify(std::int64_t index, const std::vector<ByteTable>& tables, float* out) const {
  normalise(verified_view(store_->bytes(index), store_->name(index), how_), tables, out);
}

}  // namespace mpq::datasets
