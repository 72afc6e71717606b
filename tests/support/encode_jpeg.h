#pragma once

#include <jpeglib.h>

#include <cstdio>  // jpeglib.h needs it before itself
#include <cstdlib>
#include <string>

#include "datasets/picture.h"

namespace mpq::testing {

/// A baseline JPEG of the picture, with the colours at half the resolution as cameras write them.
inline std::string encode_jpeg(const datasets::Picture& picture, int quality = 90) {
  jpeg_compress_struct state;
  jpeg_error_mgr errors;
  state.err = jpeg_std_error(&errors);
  jpeg_create_compress(&state);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&state, &memory, &size);
  state.image_width = static_cast<JDIMENSION>(picture.width);
  state.image_height = static_cast<JDIMENSION>(picture.height);
  state.input_components = 3;
  state.in_color_space = JCS_RGB;
  jpeg_set_defaults(&state);
  jpeg_set_quality(&state, quality, TRUE);
  jpeg_start_compress(&state, TRUE);
  for (int y = 0; y < picture.height; ++y) {
    auto* row = const_cast<JSAMPLE*>(picture.row(y));  // libjpeg only reads it
    jpeg_write_scanlines(&state, &row, 1);
  }
  jpeg_finish_compress(&state);
  std::string bytes(reinterpret_cast<const char*>(memory), size);
  jpeg_destroy_compress(&state);
  std::free(memory);
  return bytes;
}

}  // namespace mpq::testing
