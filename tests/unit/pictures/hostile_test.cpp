// Every picture of the hostile list: refused with a message, or decoded to the recorded bytes.

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <set>

#include "core/file.h"
#include "core/hash.h"
#include "datasets/picture_source.h"
#include "tests/support/error_of.h"
#include "tests/support/hostile_list.h"
#include "tests/support/peak_memory.h"

namespace mpq::datasets {
namespace {

using ::testing::HasSubstr;

constexpr double kMostSeconds = 2;

std::string sha_of(const Picture& picture) {
  return sha256({reinterpret_cast<const char*>(picture.rgb.data()), picture.rgb.size()});
}

class HostilePictures : public ::testing::Test {
 protected:
  void SetUp() override {
    lines_ = testing::hostile_lines({"image"});
    if (lines_.empty()) GTEST_SKIP() << "no hostile files: set MPQ_DATA to the data folder";
  }
  /// What a network gets to see: either view is made, or refused in words.
  static void look(const std::string& bytes, const std::string& path) {
    try {
      EXPECT_EQ(evaluation_view(bytes, path, {}).height, 224);
      EXPECT_EQ(training_view(bytes, path, {}, RandomStream(1, "view")).width, 224);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2) << error.what();
    }
  }
  std::string folder_ = testing::hostile_folder();
  std::vector<testing::HostileLine> lines_;
};

// Further files can be laid into the folder; of a reader that no test knows they are skipped by name.
TEST(HostileList, NamesFilesOfReadersThatNoTestKnows) {
  const std::set<std::string> known{"checkpoint", "cifar10", "cifar100",    "class_map", "hdf5",
                                    "image",      "reader",  "safetensors", "study",     "tar"};
  std::string others;
  for (const auto& line : testing::hostile_lines())
    if (!known.contains(line.reader)) others += " " + line.file;
  if (!others.empty()) GTEST_SKIP() << "no test reads" << others;
}

TEST_F(HostilePictures, EachGetsItsVerdictSoon) {
  for (const auto& line : lines_) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    const auto path = folder_ + "/" + line.file;
    const auto bytes = read_file(path);
    const auto start = std::chrono::steady_clock::now();
    if (line.expectation == "accept") {
      Picture picture;
      ASSERT_NO_THROW(picture = decode_picture(bytes, path));
      EXPECT_THAT(line.detail, HasSubstr("rgb_sha256=" + sha_of(picture)));
      EXPECT_THAT(line.detail,
                  HasSubstr("size=" + std::to_string(picture.width) + "x" + std::to_string(picture.height)));
      EXPECT_EQ(read_picture_size(bytes, path).width, picture.width);
    } else {
      const auto error = testing::error_of([&] { decode_picture(bytes, path); });
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_THAT(error.parts().where, HasSubstr(path));
      EXPECT_FALSE(error.parts().what.empty() || error.parts().expected.empty() || error.parts().fix.empty());
    }
    look(bytes, path);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), kMostSeconds);
  }
}

// The ways that evaluation and training take. They decode a part alone, so damage outside of it may go
// unseen; they give a whole square then, and a refusal else.
TEST_F(HostilePictures, EachGetsAViewOrARefusalSoon) {
  constexpr std::uint64_t kDraws = 4;
  for (const auto& line : lines_) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    const auto path = folder_ + "/" + line.file;
    const auto bytes = read_file(path);
    for (const int side : {16, 224}) {
      PicturePreparation how;
      how.side = side, how.shorter = side + side / 7;
      how.brightness = how.contrast = how.saturation = 0.4, how.hue = 0.1;
      const auto start = std::chrono::steady_clock::now();
      for (std::uint64_t draw = 0; draw <= kDraws; ++draw) {
        try {
          const auto view = draw == 0 ? evaluation_view(bytes, path, how)
                                      : training_view(bytes, path, how, RandomStream(1, "hostile", draw));
          EXPECT_EQ(view.height, side);
          EXPECT_EQ(view.width, side);
          EXPECT_EQ(view.rgb.size(), 3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
        } catch (const Error& error) {
          EXPECT_EQ(line.expectation, "refuse") << error.what();
          EXPECT_EQ(error.exit_code(), 2);
          EXPECT_THAT(error.parts().where, HasSubstr(path));
        }
      }
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      EXPECT_LT(seconds.count(), kMostSeconds) << "side " << side;
    }
  }
}

// A file of a few bytes may ask for any size: what is held in memory follows the bytes, not the announcement.
TEST_F(HostilePictures, EachIsJudgedInLittleMemory) {
  constexpr std::int64_t kMostKib = 256 * 1024;
  PicturePreparation how;
  for (const auto& line : lines_) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    const auto path = folder_ + "/" + line.file;
    const auto bytes = read_file(path);
    if (!testing::reset_peak()) GTEST_SKIP() << "this kernel does not measure peaks of memory";
    const auto held_kib = testing::status_kib("VmRSS");
    const std::function<void()> ways[] = {
        [&] { decode_picture(bytes, path); }, [&] { evaluation_view(bytes, path, how); },
        [&] { training_view(bytes, path, how, RandomStream(1, "hostile")); }};
    for (const auto& way : ways) {
      try {
        way();
      } catch (const Error&) {
      }
    }
    EXPECT_LT(testing::status_kib("VmHWM") - held_kib, kMostKib);
  }
}

TEST_F(HostilePictures, FormatsUnderAnotherNameAreNamedAndAPngIsTakenByContent) {
  for (const auto& [file, format] : {std::pair{"png", "PNG"}, {"gif", "GIF"}, {"bmp", "BMP"}}) {
    const auto path = folder_ + "/image/" + file + "_named.JPEG";
    const auto error = testing::error_of([&] { decode_picture(read_file(path), path); });
    EXPECT_THAT(error.parts().what, HasSubstr(std::string("the file is a ") + format));
  }
  const auto path = folder_ + "/image/png_named.JPEG";
  EXPECT_EQ(sha_of(decode_picture(read_file(path), path, {.by_content = true})),
            sha_of(decode_picture(read_file(folder_ + "/image/plain.png"), "plain.png")));
}

}  // namespace
}  // namespace mpq::datasets
