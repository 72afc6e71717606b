#include "analysis/predictions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace mpq::analysis {
namespace {

results::StageRecord record() {
  results::StageRecord record;
  record.arrays["/predictions/test/image_index"] = Array::of(std::vector<std::int64_t>{7, 3, 5});
  record.arrays["/predictions/test/label"] = Array::of(std::vector<std::int32_t>{1, 2, 9});
  record.arrays["/predictions/test/top5"] =
      Array::of(std::vector<std::int32_t>{1, 0, 2, 3, 4, 0, 1, 3, 2, 4, 0, 1, 2, -1, -1}, {3, 5});
  record.arrays["/predictions/test/true_probability"] = Array::of(std::vector<float>{0.5F, 0.25F, 0.0F});
  return record;
}

TEST(Predictions, AreSortedByImage) {
  const auto p = read_predictions(record(), "test", "a stage");
  EXPECT_EQ(p.image_index, (std::vector<std::int64_t>{3, 5, 7}));
  EXPECT_EQ(p.label, (std::vector<std::int32_t>{2, 9, 1}));
  EXPECT_EQ(p.top1, (std::vector<std::uint8_t>{0, 0, 1}));
  EXPECT_EQ(p.top5, (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_NEAR(p.entropy[0], std::log(4), 1e-12);
  EXPECT_NEAR(p.entropy[2], std::log(2), 1e-12);
}

TEST(Predictions, OfProbabilityZeroStayFinite) {
  EXPECT_NEAR(read_predictions(record(), "test", "a stage").entropy[1],
              -std::log(double(std::numeric_limits<float>::min())), 1e-9);
}

void expect_refused(const results::StageRecord& record, const std::string& split = "test") {
  try {
    read_predictions(record, split, "stage 123");
    FAIL() << "read";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::input);
    EXPECT_EQ(e.parts().where, "stage 123");
  }
}

TEST(Predictions, ThatAreNotSoundAreRefused) {
  expect_refused(record(), "holdout");
  for (const auto* name : {"image_index", "label", "top5", "true_probability"}) {
    auto missing = record();
    missing.arrays.erase(std::string("/predictions/test/") + name);
    expect_refused(missing);
    auto other = record();
    other.arrays[std::string("/predictions/test/") + name] = Array::of(std::vector<std::int8_t>{1, 2, 3});
    expect_refused(other);
  }
  auto shorter = record(), twice = record(), empty = record();
  shorter.arrays["/predictions/test/label"] = Array::of(std::vector<std::int32_t>{1, 2});
  twice.arrays["/predictions/test/image_index"] = Array::of(std::vector<std::int64_t>{7, 3, 7});
  empty.arrays["/predictions/test/image_index"] = Array::of(std::vector<std::int64_t>{});
  expect_refused(shorter);
  expect_refused(twice);
  expect_refused(empty);
}

}  // namespace
}  // namespace mpq::analysis
