// Sets of photographs in folders, from a few pictures copied out of the provided ones.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/file.h"
#include "datasets/folder_pictures.h"
#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using ::testing::HasSubstr;

/// A set with three classes of four pictures for training and one for the test, from the hostile list's good
/// ones.
class Folders : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("MPQ_DATA");
    if (!data) GTEST_SKIP() << "needs the pictures of MPQ_DATA";
    const auto good = std::string(data) + "/hostile/image/";
    const char* pictures[] = {"plain_444.JPEG", "plain_420.JPEG", "progressive.JPEG", "plain.png"};
    for (const std::string name : {"ant", "bee", "cow"}) {
      fs::create_directories(root() + "/train/" + name);
      fs::create_directories(root() + "/val/" + name);
      for (const std::string picture : pictures)
        fs::copy(good + picture, root() + "/train/" + name + "/" + picture);
      fs::copy(good + "plain_420.JPEG", root() + "/val/" + name + "/" + name + ".JPEG");
    }
  }
  std::string root() const { return folder_ / "set"; }
  const Entry& entry() const { return registry().find("image_folder", "test"); }
  Json options(Json more = Json::object()) const {
    Json all = {{"folder", "set"}, {"side", 32}, {"shorter", 40}, {"search", 3}, {"calib", 2}};
    all.update(more);
    return resolve_options(entry().info.options, all, "test");
  }
  Dataset open(const Json& more = Json::object()) const {
    return entry().open(options(more), folder_.path());
  }
  ErrorParts complaint(const Json& more = Json::object()) const {
    return error_of([&] { open(more); }).parts();
  }

  testing::TempFolder folder_;
};

TEST_F(Folders, FactsComeFromWhatIsThere) {
  const auto data = open();
  EXPECT_EQ(data.info().classes, 3);
  EXPECT_EQ(data.info().train_count, 12);
  EXPECT_EQ(data.info().test_count, 3);
  EXPECT_EQ(data.info().height, 32);
  EXPECT_TRUE(data.info().balanced_splits);
  EXPECT_EQ(entry().facts(options(), folder_.path()).train_count, 12);
  for (const auto split : {Split::search, Split::holdout}) {
    const auto view = data.split(split);
    std::set<std::int32_t> classes;
    for (const auto index : view.indices) classes.insert(view.images->label(index));
    EXPECT_EQ(classes.size(), 3U) << "one of every class";
  }
  EXPECT_EQ(TestSplit::open(data).images->label(2), 2);
}

TEST_F(Folders, PicturesAreNormalisedViewsKeyedByEpochAndIndex) {
  const auto data = open();
  const auto view = data.split(Split::train);
  std::vector<ByteTable> plain(3);
  for (auto& table : plain)
    for (std::size_t i = 0; i < 256; ++i) table[i] = static_cast<float>(i);
  const auto read = [&](std::int64_t index, const Augmentation* augmentation) {
    std::vector<float> out(32 * 32 * 3);
    view.images->write(index, augmentation, plain, out.data());
    return out;
  };
  const auto path = root() + "/train/ant/plain.png";  // the first of its class by name
  const auto expected = evaluation_view(read_file(path), path, {.side = 32, .shorter = 40});
  EXPECT_EQ(read(0, nullptr), std::vector<float>(expected.rgb.begin(), expected.rgb.end()));
  const Augmentation first{7, 0}, again{7, 0}, later{7, 1};
  EXPECT_EQ(read(0, &first), read(0, &again));
  EXPECT_NE(read(0, &first), read(0, &later));
  EXPECT_NE(read(0, &first), read(0, nullptr));
}

TEST_F(Folders, AClassMapKeepsTheIndicesOfTheWhole) {
  write_whole(root() + "/map.tsv", "ant\t4\nbee\t0\ncow\t9\nemu\t7\n");
  const auto data = open({{"class_map", "map.tsv"}});
  EXPECT_EQ(data.info().classes, 10);
  EXPECT_EQ(TestSplit::open(data).images->label(0), 4);
  EXPECT_EQ(TestSplit::open(data).images->label(2), 9);
  write_whole(root() + "/map.tsv", "ant\nbee\n");
  EXPECT_THAT(complaint({{"class_map", "map.tsv"}}).what,
              HasSubstr("a class folder is not in the class map"));
}

TEST_F(Folders, WhatIsWrongIsNamed) {
  EXPECT_THAT(complaint({{"train", "nowhere"}}).what, HasSubstr("a folder of pictures is missing"));
  EXPECT_THAT(complaint({{"shorter", 16}}).expected, HasSubstr("shorter >= side"));
  EXPECT_THAT(complaint({{"search", 6}}).fix, HasSubstr("lower the option search"));
  fs::create_directories(root() + "/train/dog");
  EXPECT_THAT(complaint().what, HasSubstr("a class folder has no pictures"));
  EXPECT_THAT(complaint().where, HasSubstr("/train/dog"));
  fs::remove(root() + "/train/dog");
  fs::copy(root() + "/val/ant/ant.JPEG", root() + "/train/stray.JPEG");
  EXPECT_THAT(complaint().what, HasSubstr("a picture lies beside the class folders"));
}

TEST_F(Folders, ABrokenPictureIsNamedWhenItIsReadAndNotBefore) {
  const auto path = root() + "/train/bee/plain_444.JPEG";
  std::ofstream(path, std::ios::trunc) << "not a picture";
  const auto data = open();
  const auto view = data.split(Split::train);
  std::vector<float> out(32 * 32 * 3);
  const std::vector<ByteTable> tables(3);
  const auto error = error_of([&] {
    for (std::int64_t i = 0; i < view.images->size(); ++i) view.images->write(i, nullptr, tables, out.data());
  });
  EXPECT_THAT(error.parts().where, HasSubstr(path));
}

TEST_F(Folders, TheFingerprintFollowsNamesAndSizes) {
  const auto fingerprint = [&] { return entry().fingerprint(options(), folder_.path()); };
  const auto before = fingerprint();
  EXPECT_EQ(fingerprint(), before);
  fs::rename(root() + "/val/ant/ant.JPEG", root() + "/val/ant/other.JPEG");
  EXPECT_NE(fingerprint(), before);
}

TEST_F(Folders, AFlatTestFolderGetsItsClassesFromALine) {
  const auto flat = root() + "/flat";
  fs::create_directories(flat);
  for (const std::string name : {"1.JPEG", "2.JPEG", "3.JPEG"})
    fs::copy(root() + "/val/ant/ant.JPEG", flat + "/" + name);
  const auto classes = number_classes({"ant", "bee", "cow"});
  write_whole(folder_ / "numbers", "2\n3\n1\n");
  write_whole(folder_ / "synsets", "cow a large animal\nant\nbee\n");
  const auto labels = [](const std::vector<PictureFile>& files) {
    std::vector<std::int32_t> all;
    for (const auto& file : files) all.push_back(file.label);
    return all;
  };
  EXPECT_EQ(labels(files_by_truth(flat, folder_ / "numbers", folder_ / "synsets", classes)),
            (std::vector<std::int32_t>{0, 1, 2}));
  write_whole(folder_ / "names", "bee\nant\nbee\n");
  EXPECT_EQ(labels(files_by_truth(flat, folder_ / "names", "", classes)),
            (std::vector<std::int32_t>{1, 0, 1}));
  const auto what = [&](const std::string& lines) {
    write_whole(folder_ / "wrong", lines);
    return error_of([&] { files_by_truth(flat, folder_ / "wrong", folder_ / "synsets", classes); })
        .parts()
        .what;
  };
  EXPECT_THAT(what("1\n2\n"), HasSubstr("3 pictures and 2 lines"));
  EXPECT_THAT(what("1\n2\n4\n"), HasSubstr("class number 4 is not in the list"));
  EXPECT_THAT(what("ant\nbee\ngnu\n"), HasSubstr("class 'gnu' is not in the class map"));
}

}  // namespace
}  // namespace mpq::datasets
