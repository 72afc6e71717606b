// WebDataset shards: what a sample is made of, and how an option names many archives.

#include <gmock/gmock.h>

#include <filesystem>
#include <iterator>

#include "core/file.h"
#include "datasets/registry.h"
#include "datasets/tar_pictures.h"
#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/support/tar_member.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using ::testing::HasSubstr;
using testing::tar_end;
using testing::tar_member;

std::string sample(const std::string& key, int label) {
  return tar_member(key + ".jpg", "picture " + key) + tar_member(key + ".cls", std::to_string(label) + "\n");
}

TEST(Samples, AreWhatHasOneNameBeforeTheFirstDot) {
  const testing::TempFolder folder;
  const auto path = folder / "a.tar";
  write_whole(path, tar_member("s/001.seg.png", "no picture to look at") + sample("s/001", 7) +
                        tar_member("s/001.json", "{}") + tar_member("s/002.CLS", "8") +
                        tar_member("s/002.depth.jpg", "neither") + tar_member("s/002.PNG", "two") +
                        tar_end());
  const auto pictures = pictures_by_sample(path, 0, 10);
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[0].member.name, "s/001.jpg");
  EXPECT_EQ(pictures[0].label, 7);
  EXPECT_EQ(pictures[1].member.name, "s/002.PNG");
  EXPECT_EQ(pictures[1].label, 8);
}

TEST(Samples, OfTwoPicturesOrNoneAreRefused) {
  const testing::TempFolder folder;
  const auto path = folder / "a.tar";
  const auto what = [&](const std::string& members) {
    write_whole(path, members + tar_end());
    return error_of([&] { pictures_by_sample(path, 0, 10); }).parts().what;
  };
  EXPECT_EQ(what(sample("001", 1) + tar_member("001.png", "another")), "a sample has two of a kind");
  EXPECT_EQ(what(tar_member("001.rgb.jpg", "one") + tar_member("001.cls", "1")), "a sample has no picture");
  EXPECT_EQ(what(tar_member("001.jpg", "one")), "a sample has no .cls");
}

class Shards : public ::testing::Test {
 protected:
  Shards() {
    make_folders(folder_ / "imagenet");
    for (const std::string shard : {"train-008", "train-009", "train-010", "val-0"}) {
      std::string members;
      for (int i = 0; i < 3; ++i) members += sample(shard + "_" + std::to_string(i), 300 + i);
      write_whole(folder_ / ("imagenet/" + shard + ".tar"), members + tar_end());
    }
  }
  Json with(const std::string& train, const std::string& test) const {
    const Json given = {{"train", train}, {"test", test}, {"search", 1}};
    return resolve_options(entry().info.options, given, "test");
  }
  const Entry& entry() const { return registry().find("imagenet_tar", "test"); }
  ErrorParts complaint(const std::string& train, const std::string& test) const {
    return error_of([&] { entry().open(with(train, test), folder_.path()); }).parts();
  }
  testing::TempFolder folder_;
};

TEST_F(Shards, AreNamedByAStarOrByTheirNumbers) {
  const auto numbered = with("train-{008..010}.tar", "val-{0..0}.tar");
  const auto star = with("train-*.tar", "val-*.tar");
  const auto data = entry().open(numbered, folder_.path());
  EXPECT_EQ(data.info().train_count, 9);
  EXPECT_EQ(TestSplit::open(data).images->label(2), 302);
  EXPECT_EQ(entry().fingerprint(numbered, folder_.path()), entry().fingerprint(star, folder_.path()));
  const auto kept = fs::directory_iterator(folder_ / "cache");
  EXPECT_EQ(std::distance(fs::begin(kept), fs::end(kept)), 4) << "a listing of each shard";
}

TEST_F(Shards, ThatAreMissingOrCannotBeCountedAreNamed) {
  EXPECT_THAT(complaint("train-{008..012}.tar", "val-*.tar").where, HasSubstr("train-011.tar"));
  EXPECT_THAT(complaint("train-{008..}.tar", "val-*.tar").what, HasSubstr("is not understood"));
  EXPECT_THAT(complaint("train-{010..008}.tar", "val-*.tar").what, HasSubstr("counts backwards"));
  EXPECT_THAT(complaint("train-{0..999999999}.tar", "val-*.tar").what, HasSubstr("names 1000000000 shards"));
  EXPECT_THAT(complaint("shard-*.tar", "val-*.tar").what, HasSubstr("fits no shard"));
}

TEST_F(Shards, GiveNoNamesToTheClassesOfAnArchive) {
  const auto parts = complaint("train-*.tar", "val-0.tar");
  EXPECT_THAT(parts.what, HasSubstr("the training part is shards, which name no classes"));
  EXPECT_THAT(parts.where, HasSubstr("imagenet/val-0.tar"));
  EXPECT_THAT(parts.fix, HasSubstr("test = \"PATTERN\""));
}

}  // namespace
}  // namespace mpq::datasets
