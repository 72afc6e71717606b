#include "datasets/verify.h"

#include <gtest/gtest.h>

#include <numeric>

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
