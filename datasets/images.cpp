#include <algorithm>

#include "datasets/dataset.h"

namespace mpq::datasets {
namespace {

constexpr int kPad = 4;  // zeros around an image before it is cropped

/// Where the window lies in the padded image, and whether it is mirrored afterwards.
struct Window {
  int top = kPad, left = kPad;
  bool flip = false;
};

Window draw_window(RandomStream random) {
  Window window;
  window.top = static_cast<int>(random.below(2 * kPad + 1));
  window.left = static_cast<int>(random.below(2 * kPad + 1));
  window.flip = random.below(2) == 1;
  return window;
}

/// Writes one channel of one row: `source` is the row's bytes or, above and below the image, null.
void fill_row(float* out, int channels, const std::uint8_t* source, int width, const Window& window,
              const ByteTable& table) {
  const int step = window.flip ? -channels : channels;
  if (window.flip) out += (width - 1) * channels;
  const int shift = window.left - kPad;  // output column x shows source column x + shift
  const int begin = source ? std::clamp(-shift, 0, width) : width;
  const int end = source ? std::clamp(width - shift, begin, width) : width;
  for (int x = 0; x < begin; ++x, out += step) *out = table[0];
  for (int x = begin; x < end; ++x, out += step) *out = table[source[x + shift]];
  for (int x = end; x < width; ++x, out += step) *out = table[0];
}

/// Writes one image, channels last.
void fill_image(float* out, const std::uint8_t* pixels, const Images& images, const Window& window,
                const std::vector<ByteTable>& tables) {
  const int channels = images.channels, height = images.height, width = images.width;
  for (int y = 0; y < height; ++y, out += width * channels) {
    const int source_y = y + window.top - kPad;
    const bool inside = source_y >= 0 && source_y < height;
    for (int channel = 0; channel < channels; ++channel)
      fill_row(out + channel, channels, inside ? pixels + (channel * height + source_y) * width : nullptr,
               width, window, tables[static_cast<std::size_t>(channel)]);
  }
}

}  // namespace

void Images::write(std::int64_t index, const Augmentation* augmentation, const std::vector<ByteTable>& tables,
                   float* out) const {
  const auto window = augmentation ? draw_window(augmentation->stream(index)) : Window{};
  fill_image(out, pixels.data() + index * image_bytes(), *this, window, tables);
}

}  // namespace mpq::datasets
