#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "tests/support/cifar_folder.h"
#include "tests/support/in_memory.h"

namespace mpq::datasets {
namespace {

/// Facts about the real files that others have published; skipped where the files are not.
class RealCifar : public ::testing::Test {
 protected:
  void SetUp() override {
    if (folder_.empty()) GTEST_SKIP() << "needs MPQ_CIFAR, or MPQ_DATA and djxl to unpack its compact copy";
  }
  Dataset open(const std::string& name) const {
    return registry().find(name, "a test").open(Json::object(), folder_);
  }

  std::string folder_ = mpq::testing::cifar_folder();
};

void expect_balanced(const Images& images, int classes) {
  std::map<int, std::int64_t> counts;
  for (const auto label : images.labels) ++counts[label];
  EXPECT_EQ(counts.size(), static_cast<std::size_t>(classes));
  for (const auto& [label, count] : counts) EXPECT_EQ(count, images.count / classes) << "class " << label;
}

/// Mean of pixel / 255 in one channel.
double channel_mean(const Images& images, std::int64_t channel) {
  const std::int64_t plane = images.image_bytes() / 3;
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < images.count; ++i)
    for (std::int64_t p = 0; p < plane; ++p)
      sum += images.pixels[static_cast<std::size_t>(i * images.image_bytes() + channel * plane + p)];
  return static_cast<double>(sum) / static_cast<double>(images.count * plane) / 255;
}

TEST_F(RealCifar, TenHasItsPublishedCountsAndMeans) {
  const auto data = open("cifar10");
  const Images& train = mpq::testing::in_memory(data.split(Split::train));
  expect_balanced(train, 10);
  expect_balanced(mpq::testing::in_memory(TestSplit::open(data)), 10);
  EXPECT_EQ(std::vector<std::int32_t>(train.labels.begin(), train.labels.begin() + 5),
            (std::vector<std::int32_t>{6, 9, 9, 4, 1}));  // frog, truck, truck, deer, automobile
  EXPECT_NEAR(channel_mean(train, 0), 0.4914, 5e-5);
  EXPECT_NEAR(channel_mean(train, 1), 0.4822, 5e-5);
  EXPECT_NEAR(channel_mean(train, 2), 0.4465, 5e-5);
  EXPECT_EQ(data.split(Split::train).count(), 45000);
  EXPECT_EQ(data.split(Split::calib).count(), 2048);
  EXPECT_EQ(data.split(Split::search).count(), 2500);
  EXPECT_EQ(data.split(Split::holdout).count(), 2500);
}

TEST_F(RealCifar, HundredHasItsPublishedCountsAndMeans) {
  if (!std::filesystem::is_directory(folder_ + "/cifar-100-binary"))
    GTEST_SKIP() << "CIFAR-100 is not unpacked there";
  const auto data = open("cifar100");
  const Images& train = mpq::testing::in_memory(data.split(Split::train));
  expect_balanced(train, 100);
  expect_balanced(mpq::testing::in_memory(TestSplit::open(data)), 100);
  for (std::size_t c = 0; c < 3; ++c)
    EXPECT_NEAR(channel_mean(train, static_cast<std::int64_t>(c)), data.info().mean[c], 5e-5);
}

}  // namespace
}  // namespace mpq::datasets
