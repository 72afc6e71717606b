#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "datasets/picture.h"
#include "datasets/resample.h"

namespace mpq::datasets {
namespace {

namespace fs = std::filesystem;

Picture cut(const Picture& whole, const Box& part) {
  Picture result(part.height, part.width);
  for (int y = 0; y < part.height; ++y)
    std::copy_n(whole.row(part.top + y) + 3 * part.left, result.row_bytes(), result.row(y));
  return result;
}

Box random_box(RandomStream& stream, int height, int width) {
  Box box;
  box.height = 1 + static_cast<int>(stream.below(static_cast<std::uint32_t>(height)));
  box.width = 1 + static_cast<int>(stream.below(static_cast<std::uint32_t>(width)));
  box.top = static_cast<int>(stream.below(static_cast<std::uint32_t>(height - box.height + 1)));
  box.left = static_cast<int>(stream.below(static_cast<std::uint32_t>(width - box.width + 1)));
  return box;
}

// Every chroma layout, progressive files and restart markers are among them.
TEST(DecodePart, GivesThePixelsOfTheWholeForEveryGoodPictureOfTheHostileList) {
  const char* data = std::getenv("MPQ_DATA");
  if (!data) GTEST_SKIP() << "needs MPQ_DATA";
  int checked = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(data) / "hostile/image")) {
    const auto path = entry.path().string();
    const auto bytes = read_file(path);
    Picture whole;
    try {
      whole = decode_picture(bytes, path);
    } catch (const Error&) {
      continue;
    }
    RandomStream stream(1, path);
    for (int i = 0; i < 20; ++i) {
      const auto box = random_box(stream, whole.height, whole.width);
      ASSERT_EQ(decode_part(bytes, path, box).rgb, cut(whole, box).rgb)
          << path << " " << box.width << "x" << box.height << " at " << box.left << ", " << box.top;
    }
    ++checked;
  }
  EXPECT_GT(checked, 20);
}

TEST(DecodePart, GivesThePixelsOfTheWholeForPhotographs) {
  const char* data = std::getenv("MPQ_DATA");
  if (!data) GTEST_SKIP() << "needs MPQ_DATA";
  int checked = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(data) / "imagenet-sample/val")) {
    if (!entry.is_regular_file() || ++checked > 25) continue;
    const auto path = entry.path().string();
    const auto bytes = read_file(path);
    const auto whole = decode_picture(bytes, path);
    RandomStream stream(2, entry.path().filename().string());
    for (int i = 0; i < 4; ++i) {
      const auto box = random_box(stream, whole.height, whole.width);
      ASSERT_EQ(decode_part(bytes, path, box).rgb, cut(whole, box).rgb) << path;
    }
  }
  EXPECT_GT(checked, 0);
}

// The definition: two passes, integers, one output at a time.
std::uint8_t sample(const Taps& taps, std::size_t output, const std::vector<int>& inputs) {
  std::int64_t sum = 1 << 21;
  for (std::size_t t = 0; t < static_cast<std::size_t>(taps.count[output]); ++t)
    sum += std::int64_t{taps.weight[output * static_cast<std::size_t>(taps.taps) + t]} *
           inputs[static_cast<std::size_t>(taps.first[output]) + t];
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> 22, 0, 255));
}

Picture resize_by_definition(const Picture& in, int height, int width, Filter filter) {
  Picture rows(in.height, width), out(height, width);
  const auto across = resampling_taps(in.width, width, filter),
             down = resampling_taps(in.height, height, filter);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < in.height; ++y) {
      std::vector<int> line;
      for (int x = 0; x < in.width; ++x) line.push_back(in.row(y)[3 * x + c]);
      for (int x = 0; x < width; ++x)
        rows.row(y)[3 * x + c] =
            in.width == width ? in.row(y)[3 * x + c] : sample(across, static_cast<std::size_t>(x), line);
    }
    for (int x = 0; x < width; ++x) {
      std::vector<int> line;
      for (int y = 0; y < in.height; ++y) line.push_back(rows.row(y)[3 * x + c]);
      for (int y = 0; y < height; ++y)
        out.row(y)[3 * x + c] =
            in.height == height ? rows.row(y)[3 * x + c] : sample(down, static_cast<std::size_t>(y), line);
    }
  }
  return out;
}

Picture noise(int height, int width, std::uint64_t seed) {
  Picture picture(height, width);
  RandomStream stream(seed, "noise");
  for (auto& byte : picture.rgb) byte = static_cast<std::uint8_t>(stream.below(256));
  return picture;
}

TEST(Resize, IsTheDefinitionAndItsPartsAreThoseOfTheWhole) {
  RandomStream stream(3, "sizes");
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto side = [&] { return 1 + static_cast<int>(stream.below(70)); };
    const auto picture = noise(side(), side(), i);
    const int height = side(), width = side();
    const auto filter = i % 2 == 0 ? Filter::bilinear : Filter::bicubic;
    const auto whole = resize(picture, height, width, filter);
    ASSERT_EQ(whole.rgb, resize_by_definition(picture, height, width, filter).rgb)
        << picture.width << "x" << picture.height << " to " << width << "x" << height;
    const auto box = random_box(stream, height, width);
    ASSERT_EQ(resize_part(picture, height, width, box, filter).rgb, cut(whole, box).rgb);
  }
}

TEST(Resize, AConstantPictureStaysConstantWithinRounding) {
  Picture grey(50, 37);
  std::fill(grey.rgb.begin(), grey.rgb.end(), std::uint8_t{200});
  for (const auto byte : resize(grey, 224, 17, Filter::bicubic).rgb) EXPECT_NEAR(byte, 200, 1);
}

TEST(Mirror, TwiceIsTheSame) {
  const auto before = noise(5, 7, 1);
  auto picture = before;
  mirror(picture);
  EXPECT_NE(picture.rgb, before.rgb);
  EXPECT_EQ(picture.row(2)[0], before.row(2)[18]);
  mirror(picture);
  EXPECT_EQ(picture.rgb, before.rgb);
}

}  // namespace
}  // namespace mpq::datasets
