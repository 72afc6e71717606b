// Decoded pictures: as a format, as a cache on disk, and CIFAR enlarged.

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "core/file.h"
#include "datasets/picture_cache.h"
#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using ::testing::HasSubstr;

const DecodeOptions kPixels{.pixels = true};

Picture picture(int height, int width, int salt) {
  Picture made(height, width);
  for (std::size_t i = 0; i < made.rgb.size(); ++i)
    made.rgb[i] = static_cast<std::uint8_t>(i * 31 + static_cast<std::size_t>(salt) * 7);
  return made;
}

class Few final : public PictureStore {
 public:
  std::int64_t size() const override { return 3; }
  std::int32_t label(std::int64_t index) const override { return static_cast<std::int32_t>(index); }
  std::string name(std::int64_t index) const override { return "p" + std::to_string(index) + ".png"; }
  std::string bytes(std::int64_t index) const override {
    return encode_png(picture(4 + static_cast<int>(index), 9, static_cast<int>(index)));
  }
};

TEST(Pixels, AreAFormatLikeAnother) {
  const auto made = picture(5, 7, 1);
  const auto bytes = encode_pixels(made);
  EXPECT_EQ(decode_picture(bytes, "x", kPixels).rgb, made.rgb);
  const auto size = read_picture_size(bytes, "x", kPixels);
  EXPECT_EQ(size.height, 5);
  EXPECT_EQ(size.width, 7);
  const auto part = decode_part(bytes, "x", {1, 2, 3, 4}, kPixels);
  EXPECT_EQ(part.height, 3);
  EXPECT_TRUE(std::equal(part.row(2), part.row(2) + 12, made.row(3) + 6));
}

TEST(Pixels, OfStrangersAreRefused) {
  const auto good = encode_pixels(picture(5, 7, 1));
  for (const auto& bad : {good.substr(0, 12), good.substr(0, good.size() - 1), good + "x"})
    EXPECT_EQ(error_of([&] { decode_picture(bad, "x", kPixels); }).exit_code(), 2);
  auto huge = good;
  huge.replace(8, 8, std::string(8, '\xff'));
  EXPECT_EQ(error_of([&] { decode_picture(huge, "x", kPixels); }).exit_code(), 2);
  EXPECT_THAT(error_of([&] { decode_picture(good, "x"); }).what(), HasSubstr("pixels file"))
      << "taken where it is expected alone";
}

TEST(PictureCache, GivesThePixelsOfItsPictures) {
  const testing::TempFolder folder;
  const auto few = std::make_shared<const Few>();
  const auto path = folder / "c.pictures";
  write_picture_cache(*few, {}, path);
  EXPECT_EQ(static_cast<std::int64_t>(fs::file_size(path)), decoded_bytes(*few, {}));
  const CachedPictures cached(few, path);
  ASSERT_EQ(cached.size(), 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(decode_picture(cached.bytes(i), cached.name(i), kPixels).rgb,
              decode_picture(few->bytes(i), few->name(i)).rgb);
    EXPECT_EQ(cached.label(i), i);
  }
}

TEST(PictureCache, DamageIsFoundAndSaid) {
  const testing::TempFolder folder;
  const auto few = std::make_shared<const Few>();
  const auto path = folder / "c.pictures";
  write_picture_cache(*few, {}, path);
  const auto good = read_file(path);
  const auto complaint = [&](std::string bytes) {
    write_whole(path, bytes);
    return error_of([&] {
             const CachedPictures cached(few, path);
             for (std::int64_t i = 0; i < 3; ++i) cached.bytes(i);
           })
        .parts();
  };
  auto changed = good;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_THAT(complaint(changed).what, HasSubstr("picture 2 of the cache is damaged"));
  EXPECT_THAT(complaint(changed).fix, HasSubstr("mpq data cache"));
  EXPECT_THAT(complaint(good.substr(0, good.size() - 1)).what, HasSubstr("lies outside the file"));
  EXPECT_THAT(complaint(good.substr(0, 20)).what, HasSubstr("cut in its table"));
  changed = good, changed[8] = 2;
  EXPECT_THAT(complaint(changed).what, HasSubstr("holds 2 pictures"));
  changed = good, changed[0] = 'x';
  EXPECT_THAT(complaint(changed).what, HasSubstr("this is no cache"));
}

TEST(PictureCache, OfThousandsOfPicturesIsReckonedFromSome) {
  class Many final : public PictureStore {
   public:
    std::int64_t size() const override { return 2500; }
    std::int32_t label(std::int64_t) const override { return 0; }
    std::string name(std::int64_t) const override { return "p.png"; }
    std::string bytes(std::int64_t) const override { return ++asked_, png_; }
    int asked() const { return asked_; }

   private:
    std::string png_ = encode_png(picture(3, 5, 1));
    mutable int asked_ = 0;
  } many;
  EXPECT_EQ(decoded_bytes(many, {}), 16 + 12 * 2500 + 2500 * (16 + 45));
  EXPECT_EQ(many.asked(), 834);
}

TEST(PictureCache, AFullDiskIsNamedAndNothingHalfWrittenIsKept) {
  const testing::TempFolder folder;
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // the limit on file sizes stands in for a full disk
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto error = error_of([&] { write_picture_cache(Few(), {}, folder / "c.pictures"); });
    ::_exit(error.exit_code() == 3 && error.parts().fix.find("make room") == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

/// A folder of twelve pictures for training and three for the test.
class CachedFolder : public ::testing::Test {
 protected:
  CachedFolder() {
    for (const std::string part : {"train", "val"})
      for (const std::string name : {"ant", "bee", "cow"}) {
        make_folders(folder_ / "set/" + part + "/" + name);
        for (int i = 0; i < (part == "train" ? 4 : 1); ++i)
          write_whole(folder_ / "set/" + part + "/" + name + "/" + std::to_string(i) + ".png",
                      encode_png(picture(40 + i, 50, i)));
      }
  }
  const Entry& entry() const { return registry().find("image_folder", "test"); }
  Json options() const {
    return {{"folder", "set"}, {"side", 32}, {"shorter", 40}, {"search", 3}, {"calib", 2}};
  }
  std::vector<float> pixels(bool augmented) const {
    const auto dataset = entry().open(options(), folder_.path());
    const auto view = dataset.split(Split::train);
    const Augmentation augmentation{1, 2};
    std::vector<float> values(32 * 32 * 3);
    std::vector<ByteTable> tables(3);
    for (auto& table : tables)
      for (std::size_t i = 0; i < 256; ++i) table[i] = static_cast<float>(i);
    view.images->write(view.indices.at(0), augmented ? &augmentation : nullptr, tables, values.data());
    return values;
  }
  testing::TempFolder folder_;
};

TEST_F(CachedFolder, IsReadInsteadAndChangesNoPixel) {
  const auto plain = pixels(false), augmented = pixels(true);
  const auto paths = entry().write_cache(options(), folder_.path(), {});
  ASSERT_EQ(paths.size(), 2u);
  EXPECT_EQ(pixels(false), plain);
  EXPECT_EQ(pixels(true), augmented);
  auto bytes = read_file(paths[0]);
  for (auto i = bytes.size() - 40 * 50 * 3; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ 1);
  for (std::size_t i = 300; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ 2);
  write_whole(paths[0], bytes);
  EXPECT_THAT(error_of([&] { pixels(false); }).what(), HasSubstr("of the cache is damaged"))
      << "it is in use";
  entry().write_cache(options(), folder_.path(), {});
  EXPECT_EQ(pixels(false), plain) << "made again";
  write_whole(folder_ / "set/val/ant/more.png", encode_png(picture(41, 41, 1)));
  EXPECT_EQ(pixels(false), plain) << "other files, another cache: this one is not taken";
}

}  // namespace
}  // namespace mpq::datasets
