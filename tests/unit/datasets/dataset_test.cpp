#include "datasets/dataset.h"

#include <algorithm>
#include <set>

#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/unit/datasets/pictures.h"

namespace mpq::datasets {
namespace {

using mpq::testing::error_of;
using testing::random_images;
using testing::small_dataset;
using testing::small_info;

std::set<std::int32_t> members(const SplitView& view) { return {view.indices.begin(), view.indices.end()}; }

TEST(Dataset, SearchHoldoutAndTrainShareTheOfficialPartOut) {
  const auto data = small_dataset("some");
  const auto search = data.split(Split::search), holdout = data.split(Split::holdout);
  const auto train = data.split(Split::train);
  EXPECT_EQ(search.count(), 20);
  EXPECT_EQ(holdout.count(), 20);
  EXPECT_EQ(train.count(), 60);
  auto all = members(search);
  all.merge(members(holdout));
  all.merge(members(train));
  EXPECT_EQ(all.size(), 100u);  // nothing twice, nothing left out
  EXPECT_EQ(*all.begin(), 0);
  EXPECT_EQ(*all.rbegin(), 99);
}

TEST(Dataset, CalibIsAPartOfTrain) {
  const auto data = small_dataset("some");
  const auto calib = members(data.split(Split::calib)), train = members(data.split(Split::train));
  EXPECT_EQ(calib.size(), 30u);
  EXPECT_TRUE(std::includes(train.begin(), train.end(), calib.begin(), calib.end()));
}

TEST(Dataset, MembershipDependsOnTheNameAlone) {
  const auto one = small_dataset("some").split(Split::search).indices;
  auto info = small_info("some", 100, 15, 20, 30);
  info.revision = 7;
  auto other_pixels = random_images(100, 3, 4, 4);
  std::fill(other_pixels.pixels.begin(), other_pixels.pixels.end(), std::uint8_t{0});
  const Dataset again(info, std::move(other_pixels), random_images(15, 3, 4, 4));
  EXPECT_EQ(again.split(Split::search).indices, one);
  EXPECT_NE(small_dataset("another").split(Split::search).indices, one);
}

TEST(Dataset, MembersAreThoseOfTheDocumentedPermutation) {
  const auto order = permutation(100, RandomStream(0, "split:some"));
  const auto data = small_dataset("some");
  EXPECT_EQ(data.split(Split::search).indices, std::vector<std::int32_t>(order.begin(), order.begin() + 20));
  EXPECT_EQ(data.split(Split::holdout).indices,
            std::vector<std::int32_t>(order.begin() + 20, order.begin() + 40));
  EXPECT_EQ(data.split(Split::train).indices, std::vector<std::int32_t>(order.begin() + 40, order.end()));
}

TEST(Dataset, TheTestPartIsReadInItsOfficialOrder) {
  const auto data = small_dataset("some");
  const auto test = TestSplit::open(data);
  ASSERT_EQ(test.count(), 15);
  for (std::int32_t i = 0; i < 15; ++i) EXPECT_EQ(test.indices[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(test.images->size(), 15);
  EXPECT_NE(test.images, data.split(Split::train).images);
}

TEST(Dataset, ViewsOutliveAMoveOfTheirDataSet) {
  auto data = small_dataset("some");
  const auto before = data.split(Split::train);
  const Dataset moved = std::move(data);
  EXPECT_EQ(moved.split(Split::train).images, before.images);
}

TEST(Dataset, FactsThatDoNotFitThePicturesAreABug) {
  const auto open = [](const DatasetInfo& info, Images train) {
    return error_of([&] { Dataset(info, std::move(train), random_images(15, 3, 4, 4)); }).exit_code();
  };
  EXPECT_EQ(open(small_info("a", 101, 15, 20, 30), random_images(100, 3, 4, 4)), 70);
  EXPECT_EQ(open(small_info("a", 100, 15, 20, 30), random_images(100, 3, 4, 5)), 70);
  EXPECT_EQ(open(small_info("a", 100, 15, 40, 30), random_images(100, 3, 4, 4)), 70);
  auto short_of_a_byte = random_images(100, 3, 4, 4);
  short_of_a_byte.pixels.pop_back();
  EXPECT_EQ(open(small_info("a", 100, 15, 20, 30), std::move(short_of_a_byte)), 70);
}

TEST(Split, HasAName) {
  EXPECT_EQ(to_string(Split::train), "train");
  EXPECT_EQ(to_string(Split::calib), "calib");
  EXPECT_EQ(to_string(Split::search), "search");
  EXPECT_EQ(to_string(Split::holdout), "holdout");
}

}  // namespace
}  // namespace mpq::datasets
