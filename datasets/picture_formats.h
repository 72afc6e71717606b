#pragma once

#include "datasets/picture.h"

/// The decoders behind datasets/picture.h; bytes begin as the format's do.
namespace mpq::datasets {

[[noreturn]] void refuse_picture(const std::string& what, const std::string& name,
                                 const std::string& expected);

/// Throws unless the declared size is within `most_pixels` and could lie in a file of `bytes` bytes:
/// `pixels_per_bit` is what the format's densest coding can give.
void check_declared_size(std::int64_t height, std::int64_t width, std::size_t bytes,
                         std::int64_t pixels_per_bit, const std::string& name, const DecodeOptions& options);

inline constexpr std::string_view kPixelsMagic = "mpq.pix1";

/// The pixels of `part`, copied.
Picture cut_out(const Picture& whole, const Box& part);

PictureSize jpeg_size(std::string_view bytes, const std::string& name, const DecodeOptions& options);
/// A part of no height is the whole.
Picture decode_jpeg(std::string_view bytes, const std::string& name, Box part, const DecodeOptions& options);
PictureSize png_size(std::string_view bytes, const std::string& name, const DecodeOptions& options);
PictureSize pixels_size(std::string_view bytes, const std::string& name, const DecodeOptions& options);
/// A part of no height is the whole.
Picture decode_pixels(std::string_view bytes, const std::string& name, Box part,
                      const DecodeOptions& options);
Picture decode_png(std::string_view bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mpq::datasets
