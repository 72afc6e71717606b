#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "datasets/picture.h"
#include "datasets/picture_source.h"
#include "datasets/resample.h"
#include "tests/support/error_of.h"

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

TEST(DecodePicture, OfAnotherFormatSaysWhichAndWhatToDo) {
  for (const bool by_content : {false, true}) {
    const auto decode = [&] { decode_picture("GIF89a and so on", "cat.jpg", {.by_content = by_content}); };
    const auto parts = mpq::testing::error_of(decode).parts();
    EXPECT_EQ(parts.what, "the file is a GIF and is called a JPEG");
    EXPECT_EQ(parts.where, "cat.jpg");
    EXPECT_THAT(parts.fix, ::testing::HasSubstr("option exclude"));
  }
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

// From one sample every output is that sample: weight 1, which is 2^22. All the outputs would take 24 GB.
TEST(ResamplingTaps, OfAFewOutputsTakeRoomForThoseAlone) {
  const auto taps = resampling_taps(1, 2'000'000'000, {999'999'999, 2}, Filter::bilinear);
  EXPECT_EQ(taps.first, (std::vector<std::int32_t>{0, 0}));
  EXPECT_EQ(taps.count, (std::vector<std::int32_t>{1, 1}));
  EXPECT_EQ(taps.weight, (std::vector<std::int32_t>{1 << 22, 0, 0, 1 << 22, 0, 0}));
}

TEST(ResamplingTaps, OfSomeOutputsAreThoseOfAll) {
  for (const auto& [from, to] : {std::pair{50, 20}, {20, 50}, {7, 61}}) {
    const auto all = resampling_taps(from, to, Filter::bicubic);
    const auto some = resampling_taps(from, to, {3, 9}, Filter::bicubic);
    ASSERT_EQ(some.taps, all.taps);
    const auto part = [](const std::vector<std::int32_t>& values, int room) {
      return std::vector<std::int32_t>(values.begin() + 3 * room, values.begin() + 12 * room);
    };
    EXPECT_EQ(some.first, part(all.first, 1));
    EXPECT_EQ(some.count, part(all.count, 1));
    EXPECT_EQ(some.weight, part(all.weight, all.taps));
  }
}

TEST(ShorterSide, IsNeverTakenBeyondAnInt) {
  EXPECT_EQ(shorter_side_to(1, 8'000'000, 256), (Size{256, 2'048'000'000}));
  EXPECT_EQ(shorter_side_to(1, 9'000'000, 256), (Size{256, 2'147'483'647}));
  EXPECT_EQ(shorter_side_to(178'956'970, 1, 8192), (Size{2'147'483'647, 8192}));
}

PicturePreparation small_views() {
  PicturePreparation how;
  how.side = 32, how.shorter = 40;
  return how;
}

TEST(EvaluationView, OfAStripIsTheCentreOfItsEnlargement) {
  for (const auto& [height, width] : {std::pair{1, 500}, {500, 1}, {3, 700}}) {
    const auto strip = noise(height, width, 5);
    const auto size = shorter_side_to(height, width, 40);
    const auto whole = resize_by_definition(strip, size.height, size.width, Filter::bilinear);
    EXPECT_EQ(evaluation_view(encode_png(strip), "strip.png", small_views()).rgb,
              cut(whole, centre_box(size.height, size.width, 32)).rgb)
        << width << "x" << height;
  }
}

// 256 times 9,000,000 is more than an int holds.
TEST(EvaluationView, OfAnAbsurdShapeIsRefused) {
  for (const auto& [height, width] : {std::pair{1, 30'000}, {30'000, 1}, {1, 9'000'000}}) {
    const auto bytes = encode_pixels(Picture(height, width));
    auto how = small_views();
    how.shorter = 256, how.decoded = true;
    const auto error = mpq::testing::error_of([&] { evaluation_view(bytes, "strip.png", how); });
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_EQ(error.parts().where, "strip.png");
    EXPECT_EQ(error.parts().what,
              "the picture has " + std::to_string(width) + "x" + std::to_string(height) + " pixels");
    EXPECT_THAT(error.parts().expected, ::testing::HasSubstr("at most 1000000 pixels"));
  }
}

TEST(TrainingView, OfAStripIsASquareLikeAnyOther) {
  for (const auto& [height, width] : {std::pair{1, 9'000'000}, {30'000, 1}, {1, 1}}) {
    auto how = small_views();
    how.decoded = true;
    const auto bytes = encode_pixels(Picture(height, width));
    const auto view = training_view(bytes, "strip.png", how, RandomStream(1, "view"));
    EXPECT_EQ(view.height, 32);
    EXPECT_EQ(view.width, 32);
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
