#pragma once

#include "datasets/picture.h"

/// Colour jitter as Pillow and torchvision define it, in place. Factor 1 (hue: 0) is no change but for the
/// rounding of the hue's round trip.
namespace mpq::datasets {

void adjust_brightness(Picture& picture, float factor);  ///< toward black
void adjust_contrast(Picture& picture, float factor);    ///< toward the mean luma of the whole picture
void adjust_saturation(Picture& picture, float factor);  ///< toward each pixel's luma
/// Turns the hue by `factor` of a full turn, −0.5 … 0.5.
void adjust_hue(Picture& picture, double factor);

}  // namespace mpq::datasets
