// Decoded pictures: as a format, as a cache on disk, and CIFAR enlarged.

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/file.h"
#include "datasets/picture_cache.h"
#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "datasets/verify.h"
#include "tests/support/encode_jpeg.h"
#include "tests/support/error_of.h"
#include "tests/support/full_disk.h"
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
  EXPECT_TRUE(testing::on_full_disk(100, [&] {
    const auto error = error_of([&] { write_picture_cache(Few(), {}, folder / "c.pictures"); });
    return error.exit_code() == 3 && error.parts().fix.find("free some space") == 0;
  }));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

/// A folder of twelve pictures for training and three for the test.
class CachedFolder : public ::testing::Test {
 protected:
  CachedFolder() {
    for (const std::string part : {"train", "val"})
      for (const std::string name : {"ant", "bee", "cow"}) {
        make_folders(folder_ / "set/" + part + "/" + name);
        for (int i = 0; i < (part == "train" ? 4 : 1); ++i) write(part, name, i, picture(40 + i, 50, i));
      }
  }
  /// Bees are JPEG, of which a crop alone is decoded where there is no cache.
  void write(const std::string& part, const std::string& name, int number, const Picture& made) {
    const bool jpeg = name == "bee";
    write_whole(
        folder_ / "set/" + part + "/" + name + "/" + std::to_string(number) + (jpeg ? ".jpg" : ".png"),
        jpeg ? testing::encode_jpeg(made) : encode_png(made));
  }
  const Entry& entry() const { return registry().find("image_folder", "test"); }
  Json options() const {
    return {{"folder", "set"}, {"side", 32}, {"shorter", 40}, {"search", 3}, {"calib", 2}};
  }
  std::vector<float> pixels(bool augmented) const {
    const auto dataset = entry().open(options(), folder_.path());
    const auto view = dataset.split(Split::train);
    const Augmentation augmentation{1, 2};
    std::vector<float> all, values(32 * 32 * 3);
    std::vector<ByteTable> tables(3);
    for (auto& table : tables)
      for (std::size_t i = 0; i < 256; ++i) table[i] = static_cast<float>(i);
    for (const auto index : view.indices) {
      view.images->write(index, augmented ? &augmentation : nullptr, tables, values.data());
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
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
  for (int i = 0; i < 4; ++i) write("train", "ant", i, picture(44 + i, 51, i));
  const auto others = pixels(false);
  EXPECT_NE(others, plain) << "other files: the cache of the old ones is not taken";
  entry().write_cache(options(), folder_.path(), {});
  EXPECT_EQ(pixels(false), others);
}

// The same names and sizes in another folder, and the same pictures under other rules of reading, are other caches.
TEST_F(CachedFolder, IsOfThesePicturesAlone) {
  const auto first = entry().write_cache(options(), folder_.path(), {});
  fs::copy(folder_ / "set", folder_ / "twin", fs::copy_options::recursive);
  auto twin = options(), by_content = options();
  twin["folder"] = "twin", by_content["by_content"] = true;
  EXPECT_EQ(entry().fingerprint(twin, folder_.path()), entry().fingerprint(options(), folder_.path()));
  EXPECT_NE(entry().write_cache(twin, folder_.path(), {}), first);
  EXPECT_NE(entry().write_cache(by_content, folder_.path(), {}), first);
  auto smaller = options();
  smaller["side"] = 24;
  EXPECT_EQ(entry().write_cache(smaller, folder_.path(), {}), first) << "what comes later changes no cache";
}

TEST_F(CachedFolder, DoesNotHideDamageFromVerify) {
  entry().write_cache(options(), folder_.path(), {});
  const auto path = folder_ / "set/train/ant/0.png";
  write_whole(path,
              std::string(fs::file_size(path), 'x'));  // of the same size: the fingerprint does not see it
  EXPECT_EQ(pixels(false).size() % (32 * 32 * 3), 0u) << "the cache is whole";
  const auto report = verify_dataset(entry(), options(), folder_.path(), 1);
  EXPECT_EQ(report.parts.at(0).broken, 1);
}

// Where machines share a folder, the number of a process elsewhere says nothing here.
TEST_F(CachedFolder, IsWrittenByOneAtATime) {
  make_folders(folder_ / "cache");
  {
    const FileLock other(folder_ / "cache/image_folder.lock", "a test");
    const auto error = error_of([&] { entry().write_cache(options(), folder_.path(), {}); });
    EXPECT_EQ(error.exit_code(), 3);
    EXPECT_THAT(error.parts().what, HasSubstr("the cache of data set 'image_folder'"));
  }
  EXPECT_EQ(entry().write_cache(options(), folder_.path(), {}).size(), 2u);
}

TEST_F(CachedFolder, LeftByAKilledRunIsRemoved) {
  const auto paths = entry().write_cache(options(), folder_.path(), {});
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);  // no process has this number any more
  write_whole(paths[0] + ".tmp-" + std::to_string(child), "half");
  write_whole(paths[0] + ".tmp-" + std::to_string(::getppid()), "being written");
  entry().write_cache(options(), folder_.path(), {});
  EXPECT_FALSE(fs::exists(paths[0] + ".tmp-" + std::to_string(child)));
  EXPECT_TRUE(fs::exists(paths[0] + ".tmp-" + std::to_string(::getppid())));
}

}  // namespace
}  // namespace mpq::datasets
