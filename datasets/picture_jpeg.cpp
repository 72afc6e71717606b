// JPEG through libjpeg-turbo, with its defaults: integer DCT, triangle upsampling of chroma, block smoothing.

#include <cstdio>
// It uses FILE and size_t.
#include <jpeglib.h>
// Its codes, after the version that they depend on.
#include <jerror.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <memory>

#include "core/error.h"
#include "datasets/picture_formats.h"

namespace mpq::datasets {
namespace {

constexpr int kMostScans = 500;  // of a progressive file; each costs a pass over all blocks

// Warnings after which the pixels are still those of the file: stray bytes before a marker, which ImageNet
// has, and header fields that nobody needs.
bool is_harmless(int warning) {
  return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_JFIF_MAJOR || warning == JWRN_ADOBE_XFORM;
}

// libjpeg reports by calling back and must not be unwound by an exception: these functions jump.
struct Reports {
  jpeg_error_mgr base;
  jpeg_progress_mgr progress;
  std::jmp_buf out;
  char text[JMSG_LENGTH_MAX];
};

[[noreturn]] void give_up(j_common_ptr codec) {
  auto* reports = reinterpret_cast<Reports*>(codec->err);
  codec->err->format_message(codec, reports->text);
  std::longjmp(reports->out, 1);
}

void take_message(j_common_ptr codec, int level) {
  if (level < 0 && !is_harmless(codec->err->msg_code)) give_up(codec);
}

void be_silent(j_common_ptr) {}

void count_scans(j_common_ptr codec) {
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number <= kMostScans) return;
  codec->err->msg_code = JERR_BAD_PROGRESSION;
  give_up(codec);
}

enum class Layout { grey, rgb, cmyk };

/// What a decoder is told before it starts and says afterwards; plain data, since a jump skips destructors.
struct Plan {
  Box part;           // of the picture
  int first_row = 0;  // of what is decoded, at or above part.top
  JDIMENSION offset = 0, decoded_width = 0;
  Layout layout = Layout::rgb;
};

int channels_of(Layout layout) { return layout == Layout::grey ? 1 : layout == Layout::rgb ? 3 : 4; }

/// m(a, b) = a·b / 255, rounded as Pillow does.
int scaled(int a, int b) {
  const int t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}

void copy_row(const Plan& plan, const std::uint8_t* source, std::uint8_t* target) {
  const auto skipped = static_cast<std::size_t>(plan.part.left) - plan.offset;
  source += skipped * static_cast<std::size_t>(channels_of(plan.layout));
  const int width = plan.part.width;
  switch (plan.layout) {
    case Layout::rgb:
      std::memcpy(target, source, static_cast<std::size_t>(width) * 3);
      return;
    case Layout::grey:
      for (int x = 0; x < width; ++x) std::memset(target + 3 * x, source[x], 3);
      return;
    case Layout::cmyk:  // stored inverted: 255 − value is the ink
      for (int x = 0; x < width; ++x, source += 4) {
        const int light = source[3];
        for (int c = 0; c < 3; ++c) {
          const int value = light - scaled(255 - source[c], light);
          target[3 * x + c] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
        }
      }
  }
}

class Decoder {
 public:
  Decoder(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {
    codec_.err = jpeg_std_error(&reports_.base);
    reports_.base.error_exit = give_up;
    reports_.base.emit_message = take_message;
    reports_.base.output_message = be_silent;
    reports_.progress = {};
    reports_.progress.progress_monitor = count_scans;
  }
  ~Decoder() { jpeg_destroy_decompress(&codec_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  void read_header() {
    if (setjmp(reports_.out)) fail();
    jpeg_create_decompress(&codec_);
    codec_.progress = &reports_.progress;
    jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    jpeg_read_header(&codec_, TRUE);
  }

  jpeg_decompress_struct& codec() { return codec_; }

  void start(Plan& plan) {
    if (setjmp(reports_.out)) fail();
    codec_.out_color_space = plan.layout == Layout::grey  ? JCS_GRAYSCALE
                             : plan.layout == Layout::rgb ? JCS_RGB
                                                          : JCS_CMYK;
    jpeg_start_decompress(&codec_);
    plan.offset = 0, plan.decoded_width = codec_.output_width;
    const bool cut = plan.part.width < static_cast<int>(codec_.output_width);
    // Upsampling looks at neighbours: one block more on each side keeps the part's own pixels those of the
    // whole.
    const int margin = codec_.max_h_samp_factor * DCTSIZE;
    if (cut) {
      const int begin = std::max(0, plan.part.left - margin);
      const int end =
          std::min<int>(static_cast<int>(codec_.output_width), plan.part.left + plan.part.width + margin);
      plan.offset = static_cast<JDIMENSION>(begin), plan.decoded_width = static_cast<JDIMENSION>(end - begin);
      jpeg_crop_scanline(&codec_, &plan.offset, &plan.decoded_width);
    }
    const int block_rows = codec_.max_v_samp_factor * DCTSIZE;
    plan.first_row = std::max(0, plan.part.top / block_rows - 1) * block_rows;
    if (plan.first_row > 0) jpeg_skip_scanlines(&codec_, static_cast<JDIMENSION>(plan.first_row));
  }

  /// Decodes one row into `buffer`.
  void read_row(std::uint8_t* buffer) {
    if (setjmp(reports_.out)) fail();
    jpeg_read_scanlines(&codec_, &buffer, 1);
  }

  /// Reads to the end, where a cut file shows.
  void finish() {
    if (setjmp(reports_.out)) fail();
    jpeg_finish_decompress(&codec_);
  }

 private:
  [[noreturn]] void fail() {
    refuse_picture(std::string("the JPEG cannot be decoded: ") + reports_.text, name_,
                   "a whole, undamaged JPEG");
  }

  std::string_view bytes_;
  const std::string& name_;
  Reports reports_{};
  jpeg_decompress_struct codec_{};
};

Layout check_header(jpeg_decompress_struct& codec, std::size_t bytes, const std::string& name,
                    const DecodeOptions& options) {
  if (codec.data_precision != 8)
    refuse_picture("the JPEG has " + std::to_string(codec.data_precision) + " bits a sample", name, "8 bits");
  // A block of 64 samples takes one bit at least.
  check_declared_size(codec.image_height, codec.image_width, bytes, DCTSIZE2, name, options);
  switch (codec.num_components) {
    case 1:
      return Layout::grey;
    case 3:
      return Layout::rgb;
    case 4:
      return Layout::cmyk;
    default:
      refuse_picture("the JPEG has " + std::to_string(codec.num_components) + " components", name,
                     "1 (grey), 3 (colour) or 4 (CMYK)");
  }
}

}  // namespace

PictureSize jpeg_size(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  Decoder decoder(bytes, name);
  decoder.read_header();
  check_header(decoder.codec(), bytes.size(), name, options);
  return {PictureFormat::jpeg, static_cast<int>(decoder.codec().image_height),
          static_cast<int>(decoder.codec().image_width)};
}

Picture decode_jpeg(std::string_view bytes, const std::string& name, Box part, const DecodeOptions& options) {
  Decoder decoder(bytes, name);
  decoder.read_header();
  auto& codec = decoder.codec();
  Plan plan;
  plan.layout = check_header(codec, bytes.size(), name, options);
  const auto height = static_cast<int>(codec.image_height), width = static_cast<int>(codec.image_width);
  const bool whole = part.height == 0;
  plan.part = whole ? Box{0, 0, height, width} : part;
  require(plan.part.top + plan.part.height <= height && plan.part.left + plan.part.width <= width,
          "a part reaches past its picture");
  decoder.start(plan);
  Picture picture(plan.part.height, plan.part.width);
  std::vector<std::uint8_t> row(static_cast<std::size_t>(plan.decoded_width) *
                                static_cast<std::size_t>(channels_of(plan.layout)));
  for (int y = plan.first_row; y < plan.part.top + plan.part.height; ++y) {
    decoder.read_row(row.data());
    if (y >= plan.part.top) copy_row(plan, row.data(), picture.row(y - plan.part.top));
  }
  if (whole) decoder.finish();
  return picture;
}

}  // namespace mpq::datasets
