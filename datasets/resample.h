#pragma once

#include <cstdint>
#include <vector>

#include "datasets/picture.h"

/// Resizing and cropping exactly as Pillow and torchvision do it: published accuracies depend on it
/// (antialiased or not is worth half a point and more).
namespace mpq::datasets {

enum class Filter { bilinear, bicubic };

/// Fixed-point weights of outputs of one axis: the i-th of them is
/// Σ_t weight[i·taps + t] · input[first[i] + t], t < count[i].
struct Taps {
  int taps = 0;  ///< room for each output; unused ones are 0
  std::vector<std::int32_t> weight;
  std::vector<std::int32_t> first, count;
};

/// Some outputs of an axis, one after the other.
struct Outputs {
  int first = 0, count = 0;
};

/// Weights of `outputs` where `from` samples are taken to `to`, with 22 fractional bits. Reducing widens the
/// filter (antialiasing). Takes memory for these outputs alone, however long the axis would be.
Taps resampling_taps(int from, int to, const Outputs& outputs, Filter filter);
/// The same of all outputs.
Taps resampling_taps(int from, int to, Filter filter);

/// The picture at another size: along rows, then along columns, rounded to bytes in between; an axis whose
/// size does not change is left alone.
Picture resize(const Picture& picture, int height, int width, Filter filter);
/// The same pixels as cutting `part` from resize(picture, height, width, filter), without computing the rest.
Picture resize_part(const Picture& picture, int height, int width, const Box& part, Filter filter);

/// Mirrored left to right, in place.
void mirror(Picture& picture);

struct Size {
  int height = 0, width = 0;
  bool operator==(const Size&) const = default;
};

/// The pixels of a picture of size `whole` that `part` of it at size `target` depends on.
Box inputs_for(const Size& whole, const Size& target, const Box& part, Filter filter);
/// resize_part from no more than those: `window` holds the pixels `at` of the whole.
Picture resize_window(const Picture& window, const Box& at, const Size& whole, const Size& target,
                      const Box& part, Filter filter);

/// What torchvision's Resize(side) makes of a picture: the shorter side becomes `side`, the longer one
/// ⌊side · longer / shorter⌋, or the largest int where that is beyond it.
Size shorter_side_to(int height, int width, int side);
/// CenterCrop: offsets are half of what is left over, rounded half to even. A picture smaller than `side` is
/// a caller's mistake.
Box centre_box(int height, int width, int side);
/// Box of RandomResizedCrop for an area (in pixels, already multiplied by the fraction) and an aspect ratio
/// (width / height): sides √(area·aspect) and √(area/aspect), rounded half to even.
Size box_size(double area, double aspect);
/// What it takes after ten boxes that did not fit: the largest central box with an aspect between 3/4 and
/// 4/3.
Box fallback_box(int height, int width);

}  // namespace mpq::datasets
