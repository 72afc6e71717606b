#include "datasets/picture.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/error.h"
#include "datasets/picture_formats.h"

namespace mpq::datasets {
namespace {

constexpr const char* kPixelsName = "pixels file";

std::string format_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  static constexpr std::pair<std::string_view, const char*> kBeginnings[] = {
      {"\xff\xd8"sv, "JPEG"},    {"\x89PNG\r\n\x1a\n"sv, "PNG"},
      {"GIF87a"sv, "GIF"},       {"GIF89a"sv, "GIF"},
      {"BM"sv, "BMP"},           {"II*\0"sv, "TIFF"},
      {"MM\0*"sv, "TIFF"},       {"\0\0\0\x0cjP  "sv, "JPEG 2000"},
      {"\xff\x0a"sv, "JPEG XL"}, {kPixelsMagic, kPixelsName}};
  for (const auto& [beginning, format] : kBeginnings)
    if (bytes.starts_with(beginning)) return format;
  if (bytes.starts_with("RIFF") && bytes.substr(std::min<std::size_t>(8, bytes.size())).starts_with("WEBP"))
    return "WebP";
  return "";
}

/// What the file's name promises; empty for another ending.
std::string format_of_name(const std::string& name) {
  auto ending = std::filesystem::path(name).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".jpg" || ending == ".jpeg") return "JPEG";
  return ending == ".png" ? "PNG" : "";
}

PictureFormat recognise(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  const auto found = format_of(bytes), promised = format_of_name(name);
  if (options.pixels && found == kPixelsName) return PictureFormat::pixels;
  if (found.empty())
    refuse_picture(bytes.empty() ? "the file is empty" : "the file is no picture of a known format", name,
                   "a JPEG or a PNG");
  if (found != "JPEG" && found != "PNG")
    throw_input({"the file is a " + found + (promised.empty() ? "" : " and is called a " + promised), name,
                 "a JPEG or a PNG", "convert it to PNG, or leave it out (option exclude)"});
  if (!options.by_content && !promised.empty() && promised != found)
    throw_input({"the file is a " + found + " and is called a " + promised, name, "a " + promised,
                 "rename it, or let the data set go by content (option by_content)"});
  return found == "JPEG" ? PictureFormat::jpeg : PictureFormat::png;
}

}  // namespace

void refuse_picture(const std::string& what, const std::string& name, const std::string& expected) {
  throw_input({what, name, expected, "get the file again, or leave it out (option exclude)"});
}

void check_declared_size(std::int64_t height, std::int64_t width, std::size_t bytes,
                         std::int64_t pixels_per_bit, const std::string& name, const DecodeOptions& options) {
  const auto size = std::to_string(width) + "x" + std::to_string(height);
  if (height < 1 || width < 1)
    refuse_picture("the picture has " + size + " pixels", name, "at least one pixel");
  // Each side first: the product of two sides below 2^32 need not fit.
  if (height > options.most_pixels || width > options.most_pixels || height * width > options.most_pixels)
    refuse_picture("the picture has " + size + " pixels", name,
                   "at most " + std::to_string(options.most_pixels) + " pixels");
  if (height * width / pixels_per_bit > static_cast<std::int64_t>(bytes) * 8)
    refuse_picture("the picture announces " + size + " pixels, more than its " + std::to_string(bytes) +
                       " bytes can hold",
                   name, "a whole file");
}

PictureSize read_picture_size(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  switch (recognise(bytes, name, options)) {
    case PictureFormat::jpeg:
      return jpeg_size(bytes, name, options);
    case PictureFormat::png:
      return png_size(bytes, name, options);
    case PictureFormat::pixels:
      break;
  }
  return pixels_size(bytes, name, options);
}

Picture decode_picture(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  switch (recognise(bytes, name, options)) {
    case PictureFormat::jpeg:
      return decode_jpeg(bytes, name, {}, options);
    case PictureFormat::png:
      return decode_png(bytes, name, options);
    case PictureFormat::pixels:
      break;
  }
  return decode_pixels(bytes, name, {}, options);
}

Picture decode_part(std::string_view bytes, const std::string& name, const Box& part,
                    const DecodeOptions& options) {
  require(part.top >= 0 && part.left >= 0 && part.height > 0 && part.width > 0,
          "a part of a picture is empty");
  const auto format = recognise(bytes, name, options);
  if (format == PictureFormat::jpeg) return decode_jpeg(bytes, name, part, options);
  if (format == PictureFormat::pixels) return decode_pixels(bytes, name, part, options);
  return cut_out(decode_png(bytes, name, options), part);
}

Picture cut_out(const Picture& whole, const Box& part) {
  require(part.top + part.height <= whole.height && part.left + part.width <= whole.width,
          "a part reaches past its picture");
  Picture cut(part.height, part.width);
  for (int y = 0; y < part.height; ++y)
    std::memcpy(cut.row(y), whole.row(part.top + y) + static_cast<std::size_t>(part.left) * 3,
                cut.row_bytes());
  return cut;
}

}  // namespace mpq::datasets
