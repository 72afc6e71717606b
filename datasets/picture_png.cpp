// PNG through libpng.

#include <png.h>

#include <csetjmp>
#include <cstring>

#include "core/error.h"
#include "datasets/picture_formats.h"

namespace mpq::datasets {
namespace {

constexpr int kPixelsPerBit = 8 * 1032;  // of one bit a pixel, at deflate's largest ratio
constexpr png_alloc_size_t kMostChunkBytes = png_alloc_size_t{8} << 20;

// As with libjpeg: errors jump, and no frame between has a destructor.
struct Reports {
  char text[256] = {};
};

[[noreturn]] void give_up(png_structp codec, png_const_charp text) {
  auto* reports = static_cast<Reports*>(png_get_error_ptr(codec));
  std::strncpy(reports->text, text, sizeof reports->text - 1);
  png_longjmp(codec, 1);
}

void be_silent(png_structp, png_const_charp) {}

struct Source {
  const char* at;
  std::size_t left;
};

void take(png_structp codec, png_bytep target, png_size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(codec));
  if (count > source->left) png_error(codec, "the file ends early");
  std::memcpy(target, source->at, count);
  source->at += count, source->left -= count;
}

class Decoder {
 public:
  Decoder(std::string_view bytes, const std::string& name)
      : name_(name), source_{bytes.data(), bytes.size()} {
    codec_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reports_, give_up, be_silent);
    info_ = codec_ ? png_create_info_struct(codec_) : nullptr;
    require(codec_ && info_, "libpng cannot be set up");
  }
  ~Decoder() { png_destroy_read_struct(&codec_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  void read_header() {
    if (setjmp(png_jmpbuf(codec_))) fail();
    png_set_user_limits(codec_, 0x7fffffff, 0x7fffffff);  // ours are checked, with a clearer message
    png_set_chunk_malloc_max(codec_, kMostChunkBytes);
    png_set_read_fn(codec_, &source_, take);
    png_read_info(codec_, info_);
  }

  png_uint_32 height() const { return png_get_image_height(codec_, info_); }
  png_uint_32 width() const { return png_get_image_width(codec_, info_); }
  bool is_grey() const { return (png_get_color_type(codec_, info_) & PNG_COLOR_MASK_COLOR) == 0; }
  int bits() const { return png_get_bit_depth(codec_, info_); }

  /// Eight bits of red, green and blue a pixel, whatever the file has.
  void ask_for_rgb() {
    if (setjmp(png_jmpbuf(codec_))) fail();
    png_set_expand(codec_);
    png_set_strip_16(codec_);
    png_set_strip_alpha(codec_);
    png_set_gray_to_rgb(codec_);
    png_set_interlace_handling(codec_);
    png_read_update_info(codec_, info_);
  }
  std::size_t row_bytes() const { return png_get_rowbytes(codec_, info_); }

  void read(png_bytepp rows) {
    if (setjmp(png_jmpbuf(codec_))) fail();
    png_read_image(codec_, rows);
    png_read_end(codec_, nullptr);
  }

 private:
  [[noreturn]] void fail() {
    refuse_picture(std::string("the PNG cannot be decoded: ") + reports_.text, name_,
                   "a whole, undamaged PNG");
  }

  const std::string& name_;
  Source source_;
  Reports reports_;
  png_structp codec_ = nullptr;
  png_infop info_ = nullptr;
};

void check_header(const Decoder& decoder, std::size_t bytes, const std::string& name,
                  const DecodeOptions& options) {
  check_declared_size(decoder.height(), decoder.width(), bytes, kPixelsPerBit, name, options);
  if (decoder.is_grey() && decoder.bits() == 16)
    refuse_picture("the PNG is grey with 16 bits a pixel", name, "8 bits (Pillow would clip it at 255)");
}

}  // namespace

PictureSize png_size(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  Decoder decoder(bytes, name);
  decoder.read_header();
  check_header(decoder, bytes.size(), name, options);
  return {PictureFormat::png, static_cast<int>(decoder.height()), static_cast<int>(decoder.width())};
}

Picture decode_png(std::string_view bytes, const std::string& name, const DecodeOptions& options) {
  Decoder decoder(bytes, name);
  decoder.read_header();
  check_header(decoder, bytes.size(), name, options);
  decoder.ask_for_rgb();
  Picture picture(static_cast<int>(decoder.height()), static_cast<int>(decoder.width()));
  require(decoder.row_bytes() == picture.row_bytes(), "libpng gives rows of another length");
  std::vector<png_bytep> rows;
  for (int y = 0; y < picture.height; ++y) rows.push_back(picture.row(y));
  decoder.read(rows.data());
  return picture;
}

std::string encode_png(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width),
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  std::string bytes;
  bool done = png_image_write_to_memory(&image, nullptr, &size, 0, picture.rgb.data(), 0, nullptr) != 0;
  if (done) {
    bytes.resize(size);
    done = png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.rgb.data(), 0, nullptr) != 0;
    bytes.resize(size);
  }
  require(done, std::string("libpng cannot write a picture: ") + image.message);
  return bytes;
}

}  // namespace mpq::datasets
