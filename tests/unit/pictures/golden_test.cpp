// Decoding, resampling, cropping and jitter against recordings of Pillow and torchvision (i_images.h5), bit
// for bit.

#include <gtest/gtest.h>

#include <memory>

#include "core/file.h"
#include "core/hash.h"
#include "datasets/colour_jitter.h"
#include "datasets/resample.h"
#include "tests/support/recording.h"

namespace mpq::datasets {
namespace {

namespace rec = mpq::testing::recording;

std::string sha_of(const Picture& picture) {
  return sha256({reinterpret_cast<const char*>(picture.rgb.data()), picture.rgb.size()});
}

Filter filter_of(const std::string& name) {
  EXPECT_TRUE(name == "bilinear" || name == "bicubic") << name;
  return name == "bicubic" ? Filter::bicubic : Filter::bilinear;
}

/// A recorded picture, [row, column] or with three channels.
Picture recorded(const H5::Group& group, const std::string& name) {
  const auto shape = rec::shape_of(group.openDataSet(name));
  const auto bytes = rec::bytes(group, name);
  Picture picture(static_cast<int>(shape.at(0)), static_cast<int>(shape.at(1)));
  if (shape.size() == 3)
    picture.rgb = bytes;
  else
    for (std::size_t i = 0; i < bytes.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c) picture.rgb[3 * i + c] = bytes[i];
  return picture;
}

class GoldenImages : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto path = rec::path_of("i_images.h5");
    if (path.empty()) GTEST_SKIP() << "MPQ_GOLDEN has no i_images.h5";
    file_ = std::make_unique<H5::H5File>(path, H5F_ACC_RDONLY);
    const char* data = std::getenv("MPQ_DATA");
    data_ = data ? data : "";
  }
  H5::Group group(const std::string& name) const { return file_->openGroup(name); }

  /// Calls check(name, group, bytes of the photograph) for each recorded one.
  template <class Check>
  void for_photos(const Check& check) const {
    if (data_.empty()) GTEST_SKIP() << "the photographs need MPQ_DATA";
    const auto photos = group("photos");
    int seen = 0;
    for (const auto& name : rec::groups(photos)) {
      const auto photo = photos.openGroup(name);
      const auto path = data_ + "/" + rec::text(photo, "file");
      SCOPED_TRACE(name + ": " + path);
      const auto bytes = read_file(path);
      ASSERT_EQ(sha256(bytes), rec::text(photo, "file_sha256"));
      check(photo, bytes, path);
      ++seen;
    }
    EXPECT_GT(seen, 0);
  }

  std::unique_ptr<H5::H5File> file_;
  std::string data_;
};

TEST_F(GoldenImages, golden_photographs_decode_as_in_Pillow) {
  for_photos([](const H5::Group& photo, const std::string& bytes, const std::string& path) {
    const auto picture = decode_picture(bytes, path);
    ASSERT_EQ(picture.height, rec::whole(photo, "height"));
    ASSERT_EQ(picture.width, rec::whole(photo, "width"));
    const auto positions = rec::values(photo, "decoded_positions");
    const auto expected = rec::bytes(photo, "decoded_values");
    for (std::size_t i = 0; i < positions.size() / 2; ++i)
      for (std::size_t c = 0; c < 3; ++c)
        ASSERT_EQ(picture.row(static_cast<int>(
                      positions[2 * i]))[3 * static_cast<std::size_t>(positions[2 * i + 1]) + c],
                  expected[3 * i + c])
            << "row " << positions[2 * i] << ", column " << positions[2 * i + 1];
    EXPECT_EQ(sha_of(picture), rec::text(photo, "rgb_sha256"));
  });
}

TEST_F(GoldenImages, golden_evaluation_crops) {
  for_photos([](const H5::Group& photo, const std::string& bytes, const std::string& path) {
    const auto picture = decode_picture(bytes, path);
    for (const auto& name : rec::datasets(photo, "eval224_")) {
      const auto data = photo.openDataSet(name);
      const auto filter = filter_of(rec::text(data, "filter"));
      const auto size = shorter_side_to(picture.height, picture.width, 256);
      EXPECT_EQ(size, (Size{rec::whole(data, "resized_height"), rec::whole(data, "resized_width")}));
      const auto box = centre_box(size.height, size.width, 224);
      EXPECT_EQ(box, (Box{rec::whole(data, "crop_top"), rec::whole(data, "crop_left"), 224, 224}));
      EXPECT_EQ(sha_of(resize(picture, size.height, size.width, filter)), rec::text(data, "resized_sha256"));
      auto crop = resize_part(picture, size.height, size.width, box, filter);
      EXPECT_EQ(sha_of(crop), rec::text(data, "sha256"));
      if (!data.attrExists("flipped_sha256")) continue;
      mirror(crop);
      EXPECT_EQ(sha_of(crop), rec::text(data, "flipped_sha256"));
    }
  });
}

TEST_F(GoldenImages, golden_random_resized_crops_cut_first) {
  for_photos([](const H5::Group& photo, const std::string& bytes, const std::string& path) {
    const auto boxes = photo.openGroup("random_resized_crop");
    for (const auto& name : rec::groups(boxes)) {
      const auto recorded_box = boxes.openGroup(name);
      const Box box{rec::whole(recorded_box, "top"), rec::whole(recorded_box, "left"),
                    rec::whole(recorded_box, "height"), rec::whole(recorded_box, "width")};
      const auto result =
          resize(decode_part(bytes, path, box), 224, 224, filter_of(rec::text(recorded_box, "filter")));
      EXPECT_EQ(sha_of(result), rec::text(recorded_box, "sha256"))
          << name << ", " << rec::text(recorded_box, "kind");
    }
  });
}

TEST_F(GoldenImages, golden_synthetic_pictures_at_every_size) {
  const auto all = group("synthetic_resize");
  for (const auto& name : rec::groups(all)) {
    const auto pictures = all.openGroup(name);
    const auto input = recorded(pictures, "input");
    for (const auto& output : rec::datasets(pictures)) {
      if (output == "input") continue;
      const auto expected = recorded(pictures, output);
      const auto result =
          resize(input, expected.height, expected.width, filter_of(output.substr(0, output.find('_'))));
      EXPECT_EQ(result.rgb, expected.rgb) << name << " " << output;
    }
  }
}

TEST_F(GoldenImages, golden_coefficients) {
  const auto all = group("coefficients");
  for (const auto& name : rec::datasets(all)) {
    if (name.ends_with("_bounds")) continue;
    char filter[16];
    int from = 0, to = 0;
    ASSERT_EQ(std::sscanf(name.c_str(), "%15[a-z]_%d_to_%d", filter, &from, &to), 3) << name;
    const auto taps = resampling_taps(from, to, filter_of(filter));
    const auto weights = rec::values(all, name), bounds = rec::values(all, name + "_bounds");
    const auto room = static_cast<std::size_t>(rec::shape_of(all.openDataSet(name)).at(1));
    for (std::size_t i = 0; i < static_cast<std::size_t>(to); ++i) {
      ASSERT_EQ(taps.first[i], bounds[2 * i]) << name << " output " << i;
      ASSERT_EQ(taps.count[i], bounds[2 * i + 1]) << name << " output " << i;
      for (std::size_t t = 0; t < static_cast<std::size_t>(taps.count[i]); ++t)
        ASSERT_EQ(taps.weight[i * static_cast<std::size_t>(taps.taps) + t], weights[i * room + t])
            << name << " output " << i << " tap " << t;
    }
  }
}

TEST_F(GoldenImages, golden_geometry) {
  const auto geometry = group("geometry");
  const auto rows = [&](const std::string& name, std::size_t columns, const auto& check) {
    const auto values = rec::values(geometry, name);
    ASSERT_FALSE(values.empty());
    for (std::size_t i = 0; i < values.size(); i += columns) check(&values[i]);
  };
  const auto whole = [](double value) { return static_cast<int>(value); };
  rows("shorter_side", 8, [&](const double* r) {
    const auto size = shorter_side_to(whole(r[1]), whole(r[0]), whole(r[2]));
    EXPECT_EQ(size, (Size{whole(r[4]), whole(r[3])})) << r[0] << "x" << r[1] << " to " << r[2];
    if (size.height < whole(r[5]) || size.width < whole(r[5])) return;
    EXPECT_EQ(centre_box(size.height, size.width, whole(r[5])),
              (Box{whole(r[6]), whole(r[7]), whole(r[5]), whole(r[5])}));
  });
  rows("random_resized_crop", 7, [&](const double* r) {
    const auto size = box_size(r[0] * r[1] * r[2], r[3]);
    EXPECT_EQ(size, (Size{whole(r[5]), whole(r[4])}))
        << r[0] << "x" << r[1] << " area " << r[2] << " aspect " << r[3];
    const bool fits =
        size.width > 0 && size.width <= whole(r[0]) && size.height > 0 && size.height <= whole(r[1]);
    EXPECT_EQ(fits, r[6] != 0);
  });
  rows("random_resized_crop_fallback", 6, [&](const double* r) {
    EXPECT_EQ(fallback_box(whole(r[1]), whole(r[0])),
              (Box{whole(r[2]), whole(r[3]), whole(r[4]), whole(r[5])}))
        << r[0] << "x" << r[1];
  });
}

void expect_jitter(const H5::Group& group) {
  const auto input = recorded(group, "input");
  for (const auto& name : rec::datasets(group, "result_")) {
    const auto data = group.openDataSet(name);
    const auto steps = rec::texts(data, "steps");
    const auto factors = rec::numbers(data, "factors");
    auto picture = input;
    std::string applied;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      applied += " " + steps[i] + " " + std::to_string(factors[i]);
      const auto factor = static_cast<float>(factors[i]);
      if (steps[i] == "brightness")
        adjust_brightness(picture, factor);
      else if (steps[i] == "contrast")
        adjust_contrast(picture, factor);
      else if (steps[i] == "saturation")
        adjust_saturation(picture, factor);
      else if (steps[i] == "hue")
        adjust_hue(picture, factors[i]);
      else
        FAIL() << "unknown step " << steps[i];
    }
    EXPECT_EQ(picture.rgb, recorded(group, name).rgb) << name << ":" << applied;
  }
}

TEST_F(GoldenImages, golden_colour_jitter) {
  expect_jitter(group("synthetic_colour_jitter"));
  const auto photos = group("photos");
  for (const auto& name : rec::groups(photos))
    if (rec::has(photos.openGroup(name), "colour_jitter"))
      expect_jitter(photos.openGroup(name).openGroup("colour_jitter"));
}

}  // namespace
}  // namespace mpq::datasets
