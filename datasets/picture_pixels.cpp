// Pixels as they are: the picture format of caches and of sets that are held in memory.

#include <cstring>

#include "core/error.h"
#include "datasets/picture_formats.h"

namespace mpq::datasets {
namespace {

constexpr std::size_t kHeader = kPixelsMagic.size() + 8;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

void append_number(std::string& bytes, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace

std::string encode_pixels(const Picture& picture) {
  std::string bytes(kPixelsMagic);
  bytes.reserve(kHeader + picture.rgb.size());
  append_number(bytes, static_cast<std::uint32_t>(picture.height));
  append_number(bytes, static_cast<std::uint32_t>(picture.width));
  bytes.append(reinterpret_cast<const char*>(picture.rgb.data()), picture.rgb.size());
  return bytes;
}

PictureSize pixels_size(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  if (bytes.size() < kHeader) refuse_picture("the file ends in its header", name, "a whole file");
  const std::int64_t height = number_at(bytes, kPixelsMagic.size()),
                     width = number_at(bytes, kPixelsMagic.size() + 4);
  check_declared_size(height, width, bytes.size(), 1, name, options);
  if (static_cast<std::size_t>(height * width * 3) != bytes.size() - kHeader)
    refuse_picture("the file has " + std::to_string(bytes.size()) + " bytes", name,
                   std::to_string(static_cast<std::size_t>(height * width * 3) + kHeader) + " bytes for " +
                       std::to_string(width) + "x" + std::to_string(height) + " pixels");
  return {PictureFormat::pixels, static_cast<int>(height), static_cast<int>(width)};
}

Picture decode_pixels(std::string_view bytes, const std::string& name, Box part,
                      const DecodeOptions& options) {
  const auto size = pixels_size(bytes, name, options);
  if (part.height == 0) part = {0, 0, size.height, size.width};
  require(part.top + part.height <= size.height && part.left + part.width <= size.width,
          "a part reaches past its picture");
  Picture cut(part.height, part.width);
  const auto row_bytes = static_cast<std::size_t>(size.width) * 3;
  for (int y = 0; y < part.height; ++y)
    std::memcpy(cut.row(y),
                bytes.data() + kHeader + static_cast<std::size_t>(part.top + y) * row_bytes +
                    static_cast<std::size_t>(part.left) * 3,
                cut.row_bytes());
  return cut;
}

}  // namespace mpq::datasets
