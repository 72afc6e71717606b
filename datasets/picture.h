#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mpq::datasets {

/// A decoded picture: RGB bytes [height, width, 3].
struct Picture {
  int height = 0, width = 0;
  std::vector<std::uint8_t> rgb;

  Picture() = default;
  Picture(int h, int w)
      : height(h), width(w), rgb(static_cast<std::size_t>(h) * static_cast<std::size_t>(w) * 3) {}
  std::uint8_t* row(int y) { return rgb.data() + static_cast<std::size_t>(y) * row_bytes(); }
  const std::uint8_t* row(int y) const { return rgb.data() + static_cast<std::size_t>(y) * row_bytes(); }
  std::size_t row_bytes() const { return static_cast<std::size_t>(width) * 3; }
};

/// Part of a picture, in pixels.
struct Box {
  int top = 0, left = 0, height = 0, width = 0;
  bool operator==(const Box&) const = default;
};

/// Raised whenever the same file would give other pixels: pictures decoded before are then made anew.
constexpr int kDecoderRevision = 1;

enum class PictureFormat {
  jpeg,
  png,
  pixels  ///< our own: pixels as they are, for pictures that are decoded already
};

struct PictureSize {
  PictureFormat format = PictureFormat::jpeg;
  int height = 0, width = 0;
};

struct DecodeOptions {
  /// Takes a PNG that is called .JPEG for what it is; otherwise name and content must agree.
  bool by_content = false;
  /// Takes the format `pixels`, which no stranger's file may be.
  bool pixels = false;
  /// Pillow's own limit; a picture beyond it is refused before anything is allocated.
  std::int64_t most_pixels = 178'956'970;
};

/// Reads JPEG (baseline and progressive, 1, 3 or 4 components of 8 bits) and PNG (all but 16-bit grey) as
/// Pillow's convert("RGB") does: grey is repeated, palettes are looked up, alpha is dropped, four components
/// are inverted CMYK, EXIF orientation is ignored. Bytes are a stranger's: anything that a decoder could only
/// finish with made-up pixels (a cut file, bad codes, lost restart markers) is refused.
///
/// `name` is the file's path: its ending says which format is expected, and it stands in messages. Throws
/// Error(input).
PictureSize read_picture_size(std::string_view bytes, const std::string& name,
                              const DecodeOptions& options = {});
Picture decode_picture(std::string_view bytes, const std::string& name, const DecodeOptions& options = {});
/// The pixels of `part` alone, the same bytes as cutting them from the whole. JPEG: rows and columns outside
/// are not transformed, and what follows the part is not looked at, so damage there goes unseen.
Picture decode_part(std::string_view bytes, const std::string& name, const Box& part,
                    const DecodeOptions& options = {});

/// The picture as a PNG file.
std::string encode_png(const Picture& picture);

/// The picture in the format `pixels`: eight letters, height and width as 32-bit little-endian numbers, RGB bytes.
std::string encode_pixels(const Picture& picture);

}  // namespace mpq::datasets
