// Bytes as floats, and the crop and flip of small pictures, against recordings of torchvision (i_images.h5),
// bit for bit and through the loader that training reads from.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/file.h"
#include "datasets/cifar.h"
#include "datasets/loader.h"
#include "datasets/picture_source.h"
#include "tests/support/recording.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

namespace rec = mpq::testing::recording;

constexpr std::int64_t kEpochsToTry = 20'000;  // one in 9 · 9 · 2 draws a given window

/// Pictures of `side` with the recorded mean and deviation.
DatasetInfo info_of(const H5::Group& root, int side) {
  DatasetInfo info;
  info.name = "recorded";
  info.classes = 1000;
  info.height = info.width = side;
  const auto mean = rec::numbers(root, "mean"), deviation = rec::numbers(root, "std");
  for (std::size_t c = 0; c < 3; ++c) {
    info.mean[c] = static_cast<float>(mean.at(c));
    info.std[c] = static_cast<float>(deviation.at(c));
  }
  return info;
}

/// What the loader makes of one picture, [side, side, 3]: as evaluation sees it, or as training in an epoch.
std::vector<float> loaded(const Source& source, const DatasetInfo& info, std::int32_t index,
                          std::optional<std::int64_t> epoch = std::nullopt) {
  const auto values = static_cast<std::size_t>(info.height) * static_cast<std::size_t>(info.width) * 3;
  std::vector<float> pixels(values), spare(values);
  std::int64_t labels[2] = {0, 0}, indices[2] = {0, 0};
  LoaderOptions options;
  options.batch = 1;
  options.augment = epoch.has_value();
  const std::vector<BatchMemory> slots{{pixels.data(), &labels[0], &indices[0]},
                                       {spare.data(), &labels[1], &indices[1]}};
  SplitView view;
  view.images = &source;
  view.indices = {index};
  Loader loader(view, info, options, slots);
  loader.start(epoch.value_or(0));
  const auto ready = loader.next();
  EXPECT_EQ(ready.count, 1);
  EXPECT_EQ(ready.slot, 0U);
  return pixels;
}

/// An epoch in which training cuts picture `index` out of the padded one at (top, left), mirrored or not.
std::optional<std::int64_t> epoch_with(std::int64_t index, std::uint32_t top, std::uint32_t left,
                                       std::uint32_t flip) {
  for (std::int64_t epoch = 0; epoch < kEpochsToTry; ++epoch) {
    auto random = Augmentation{0, epoch}.stream(index);
    if (random.below(9) == top && random.below(9) == left && random.below(2) == flip) return epoch;
  }
  return std::nullopt;
}

class OnePhotograph final : public PictureStore {
 public:
  OnePhotograph(std::string path, std::string content)
      : path_(std::move(path)), content_(std::move(content)) {}
  std::int64_t size() const override { return 1; }
  std::int32_t label(std::int64_t) const override { return 0; }
  std::string name(std::int64_t) const override { return path_; }
  std::string bytes(std::int64_t) const override { return content_; }

 private:
  std::string path_, content_;
};

class GoldenFloats : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto path = rec::path_of("i_images.h5");
    if (path.empty()) GTEST_SKIP() << "MPQ_GOLDEN has no i_images.h5";
    file_ = std::make_unique<H5::H5File>(path, H5F_ACC_RDONLY);
  }
  H5::Group group(const std::string& name) const { return file_->openGroup(name); }
  static std::string data_folder() {
    const char* data = std::getenv("MPQ_DATA");
    return data == nullptr ? "" : data;
  }

  std::unique_ptr<H5::H5File> file_;
};

TEST_F(GoldenFloats, golden_table_of_all_bytes) {
  const auto root = group("/");
  const auto expected = rec::values(root, "normalised_code_table");
  ASSERT_EQ(expected.size(), 3U * 256U);
  Images every(3, 16, 16);  // each byte once, the same in all channels
  every.count = 1;
  every.labels = {0};
  for (int channel = 0; channel < 3; ++channel)
    for (int byte = 0; byte < 256; ++byte) every.pixels.push_back(static_cast<std::uint8_t>(byte));
  const auto floats = loaded(every, info_of(root, 16), 0);
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t byte = 0; byte < 256; ++byte)
      ASSERT_EQ(static_cast<double>(floats[3 * byte + c]), expected[256 * c + byte])
          << "byte " << byte << ", channel " << c;
}

TEST_F(GoldenFloats, golden_photographs) {
  if (data_folder().empty()) GTEST_SKIP() << "the photographs need MPQ_DATA";
  constexpr int kSide = 224;
  const auto info = info_of(group("/"), kSide);
  const auto photos = group("photos");
  int seen = 0;
  for (const auto& name : rec::groups(photos)) {
    const auto photo = photos.openGroup(name);
    if (!rec::has(photo, "normalised_values")) continue;
    ++seen;
    const auto path = data_folder() + "/" + rec::text(photo, "file");
    SCOPED_TRACE(name + ": " + path);
    const PictureSource source(std::make_shared<const OnePhotograph>(path, read_file(path)),
                               PicturePreparation{});
    const auto picture = source.view(0, nullptr);
    const auto floats = loaded(source, info, 0);
    const auto positions = rec::values(photo, "normalised_positions");  // [n, (channel, row, column)]
    const auto codes = rec::bytes(photo, "normalised_codes");
    const auto expected = rec::values(photo, "normalised_values");
    ASSERT_EQ(positions.size(), 3 * expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double* place = &positions[3 * i];
      const auto at = static_cast<std::size_t>((place[1] * kSide + place[2]) * 3 + place[0]);
      ASSERT_EQ(picture.rgb.at(at), codes.at(i)) << "row " << place[1] << ", column " << place[2];
      ASSERT_EQ(static_cast<double>(floats.at(at)), expected[i]) << "byte " << int{codes.at(i)};
    }
  }
  EXPECT_GT(seen, 0);
}

TEST_F(GoldenFloats, golden_crops_and_flips_of_small_pictures) {
  constexpr std::size_t kPlane = 32 * 32;
  const auto root = group("/"), cifar = group("cifar");
  const auto info = info_of(root, 32);
  const auto table = rec::values(root, "normalised_code_table");
  const auto examples = rec::values(cifar, "examples");  // [n, (picture, top, left, flip)]
  const auto result = rec::bytes(cifar, "result");
  const auto normalised = rec::values(cifar, "normalised_first");
  Images images(3, 32, 32);
  images.pixels = rec::bytes(cifar, "image");
  images.count = static_cast<std::int64_t>(images.pixels.size() / (3 * kPlane));
  images.labels.assign(static_cast<std::size_t>(images.count), 0);
  ASSERT_GT(examples.size(), 0U);
  ASSERT_EQ(result.size(), examples.size() / 4 * 3 * kPlane);
  ASSERT_GT(normalised.size(), 0U);
  const auto whole = [](double value) { return static_cast<std::uint32_t>(value); };
  for (std::size_t e = 0; e < examples.size() / 4; ++e) {
    const double* row = &examples[4 * e];
    SCOPED_TRACE("example " + std::to_string(e));
    const auto index = static_cast<std::int32_t>(row[0]);
    const auto epoch = epoch_with(index, whole(row[1]), whole(row[2]), whole(row[3]));
    ASSERT_TRUE(epoch.has_value()) << "no epoch draws this window";
    const auto floats = loaded(images, info, index, epoch);
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t p = 0; p < kPlane; ++p) {
        const auto at = (3 * e + c) * kPlane + p;
        const double value = floats[3 * p + c];
        ASSERT_EQ(value, table[256 * c + result[at]]) << "channel " << c << ", pixel " << p;
        if (at < normalised.size()) {
          ASSERT_EQ(value, normalised[at]) << "channel " << c << ", pixel " << p;
        }
      }
  }
}

TEST_F(GoldenFloats, golden_records_of_the_sample) {
  const auto cifar = group("cifar");
  const auto packed = data_folder() + "/" + rec::text(cifar, "file");
  if (data_folder().empty() || !std::filesystem::exists(packed))
    GTEST_SKIP() << "needs MPQ_DATA with " << rec::text(cifar, "file");
  const mpq::testing::TempFolder folder;
  const auto unpacked = folder / "records.bin";
  if (std::system(("xz -dc '" + packed + "' > '" + unpacked + "' 2> /dev/null").c_str()) != 0)
    GTEST_SKIP() << "needs xz to unpack " << packed;
  const auto format = cifar100_format();
  const auto records =
      static_cast<std::int64_t>(std::filesystem::file_size(unpacked)) / format.record_bytes();
  const auto images = read_cifar(format, std::vector<std::string>{unpacked}, records);
  const auto expected = rec::bytes(cifar, "image"), labels = rec::bytes(cifar, "coarse_fine_label");
  const auto indices = rec::values(cifar, "record_index");
  const auto size = images.image_bytes();
  ASSERT_EQ(expected.size(), indices.size() * static_cast<std::size_t>(size));
  ASSERT_GT(indices.size(), 0U);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto record = static_cast<std::int64_t>(indices[i]);
    ASSERT_LT(record, images.count);
    EXPECT_EQ(images.labels.at(static_cast<std::size_t>(record)), std::int32_t{labels.at(2 * i + 1)});
    const auto* found = images.pixels.data() + record * size;
    EXPECT_TRUE(std::equal(found, found + size, expected.data() + static_cast<std::int64_t>(i) * size))
        << "record " << record;
  }
}

}  // namespace
}  // namespace mpq::datasets
