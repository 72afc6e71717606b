#include "datasets/verify.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <numeric>
#include <thread>

#include "core/file.h"
#include "core/random.h"
#include "datasets/picture_source.h"
#include "tests/support/encode_jpeg.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/datasets/pictures.h"

namespace mpq::datasets {
namespace {

const Entry& synthetic() { return registry().find("synthetic", "test"); }

TEST(Verify, CountsEveryPictureWhateverTheThreads) {
  const auto one = verify_dataset(synthetic(), {}, "", 1), two = verify_dataset(synthetic(), {}, "", 2);
  ASSERT_EQ(one.parts.size(), 2U);
  for (std::size_t i = 0; i < one.parts.size(); ++i) {
    const auto &a = one.parts[i], &b = two.parts[i];
    EXPECT_EQ(a.count, i == 0 ? one.info.train_count : one.info.test_count);
    EXPECT_EQ(std::accumulate(a.per_class.begin(), a.per_class.end(), std::int64_t{0}), a.count);
    EXPECT_EQ(a.broken, 0);
    EXPECT_EQ(a.mean, b.mean);
    EXPECT_EQ(a.std, b.std);
    EXPECT_EQ(a.per_class, b.per_class);
    for (const double mean : a.mean) {
      EXPECT_GT(mean, 0.2);
      EXPECT_LT(mean, 0.8);
    }
  }
  EXPECT_EQ(one.fingerprint, synthetic().fingerprint({}, ""));
}

std::string photograph() {
  Picture noise(160, 80);
  RandomStream stream(1, "photograph");
  for (auto& byte : noise.rgb) byte = static_cast<std::uint8_t>(stream.below(256));
  return mpq::testing::encode_jpeg(noise);
}

/// A set of one class, four photographs in each part.
class VerifyFolder : public ::testing::Test {
 protected:
  VerifyFolder() {
    for (const std::string part : {"train", "val"}) {
      make_folders(folder_ / ("set/" + part + "/ant"));
      for (int i = 0; i < 4; ++i) write_whole(path_of(part, i), whole_);
    }
  }
  std::string path_of(const std::string& part, int number) const {
    return folder_ / ("set/" + part + "/ant/" + std::to_string(number) + ".jpg");
  }
  const Entry& entry() const { return registry().find("image_folder", "test"); }
  Json options() const {
    return {{"folder", "set"}, {"side", 32}, {"shorter", 40}, {"search", 1}, {"calib", 1}};
  }
  mpq::testing::TempFolder folder_;
  std::string whole_ = photograph();
};

// Of the 160 rows evaluation needs 47 to 112, for the middle of 80; a training crop may want any.
TEST_F(VerifyFolder, FindsDamageWhereEvaluationDoesNotLook) {
  const auto damaged = path_of("train", 2);
  write_whole(damaged, std::string_view(whole_).substr(0, whole_.size() * 95 / 100));
  PicturePreparation how;
  how.side = 32, how.shorter = 40;
  ASSERT_NO_THROW(evaluation_view(read_file(damaged), damaged, how));
  const auto report = verify_dataset(entry(), options(), folder_.path(), 2);
  EXPECT_EQ(report.parts.at(0).broken, 1);
  EXPECT_EQ(report.parts.at(0).first_broken, 2);
  EXPECT_EQ(report.parts.at(0).reason.where, damaged);
  EXPECT_EQ(report.parts.at(1).broken, 0);
}

TEST_F(VerifyFolder, ReportsOfThePixelsOfEvaluation) {
  const auto dataset = entry().open(options(), folder_.path());
  const auto view = dataset.split(Split::train);
  const std::vector<ByteTable> tables(3, [] {
    ByteTable table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i);
    return table;
  }());
  std::vector<float> seen(32 * 32 * 3), verified(seen.size());
  view.images->write(0, nullptr, tables, seen.data());
  view.images->verify(0, tables, verified.data());
  EXPECT_EQ(verified, seen);
}

/// Reading fails in another thread than the caller's, which waits for it, and not with an Error of ours.
class FailsInAHelper final : public Source {
 public:
  std::int64_t size() const override { return 40; }
  std::int32_t label(std::int64_t) const override { return 0; }
  void write(std::int64_t, const Augmentation*, const std::vector<ByteTable>&, float*) const override {
    if (std::this_thread::get_id() == caller_) return helper_came_.wait(false);
    helper_came_ = true;
    helper_came_.notify_all();
    throw std::bad_alloc();
  }

 private:
  std::thread::id caller_ = std::this_thread::get_id();
  mutable std::atomic<bool> helper_came_ = false;
};

TEST(Verify, WhateverAHelperThrowsReachesTheCaller) {
  const auto info = testing::small_info("failing", 40, 40, 10, 5);
  const Entry entry{info,
                    [info](const Json&, const std::string&) {
                      return Dataset(info, std::make_shared<const FailsInAHelper>(),
                                     std::make_shared<const FailsInAHelper>());
                    },
                    [](const Json&, const std::string&) { return std::string("f"); }};
  EXPECT_THROW(verify_dataset(entry, {}, "", 2), std::bad_alloc);
}

TEST(ContactSheet, ShowsPicturesBesideEachOther) {
  const auto dataset = synthetic().open({}, "");
  const auto sheet = contact_sheet(dataset, nullptr, 0, 3, 2);
  EXPECT_EQ(sheet.width, 3 * 32 + 2 * 2);
  EXPECT_EQ(sheet.height, 2 * 32 + 2);
  const auto second = contact_sheet(dataset, nullptr, 1, 1, 1);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 3 * 32; ++x) ASSERT_EQ(sheet.row(y)[3 * 34 + x], second.row(y)[x]);
  const auto bytes = encode_png(sheet);
  EXPECT_EQ(decode_picture(bytes, "sheet.png").rgb, sheet.rgb);
}

}  // namespace
}  // namespace mpq::datasets
