// Archives of pictures: every one of the hostile list, and some written here member by member.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/file.h"
#include "core/hash.h"
#include "datasets/picture.h"
#include "datasets/registry.h"
#include "datasets/tar_pictures.h"
#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/support/hostile_list.h"
#include "tests/support/tar_member.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using ::testing::HasSubstr;
using testing::tar_end;
using testing::tar_member;

constexpr int kClasses = 1000;

/// Lists an archive and reads everything in it, as a data set would.
std::string read_all(const std::string& path) {
  std::string seen;
  if (path.find("webdataset") != std::string::npos || path.find("pickle") != std::string::npos) {
    const auto pictures = pictures_by_sample(path, 0, kClasses);
    const TarPictures store({path}, pictures);
    for (std::int64_t i = 0; i < store.size(); ++i) {
      decode_picture(store.bytes(i), store.name(i));
      seen += (seen.empty() ? "labels=" : ",") + std::to_string(store.label(i));
    }
    return "members=" + std::to_string(list_tar(path).size()) + " " + seen;
  }
  const auto members = list_tar(path);
  seen = "members=" + std::to_string(members.size());
  for (const auto& member : members) {
    const auto bytes = read_tar_member(path, member);
    decode_picture(bytes, path + ":" + std::to_string(member.header_at) + ":" + member.name);
    seen += " name=" + member.name + " sha256=" + sha256(bytes);
  }
  return seen;
}

TEST(HostileArchives, EachGetsItsVerdictAndLeavesNothingBehind) {
  const auto list = testing::hostile_lines({"tar"});
  if (list.empty()) GTEST_SKIP() << "no hostile files: set MPQ_DATA to the data folder";
  const testing::TempFolder place;
  const auto before = fs::current_path();
  fs::create_directories(place / "a/b");
  fs::current_path(place / "a/b");
  for (const auto& line : list) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    const auto path = testing::hostile_folder() + "/" + line.file;
    if (line.expectation == "accept") {
      std::string seen;
      ASSERT_NO_THROW(seen = read_all(path));
      std::istringstream facts(line.detail);
      for (std::string fact; facts >> fact;)
        if (fact != "each") EXPECT_THAT(seen, HasSubstr(fact));
    } else {
      const auto error = error_of([&] { read_all(path); });
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_THAT(error.parts().where, HasSubstr(path));
    }
  }
  EXPECT_TRUE(fs::is_empty(place / "a/b"));
  fs::current_path(before);
}

TEST(TarIndex, MembersAreReadInPlaceAlsoFromArchivesWithinAnArchive) {
  const testing::TempFolder folder;
  const auto inner = [](const std::string& name, const std::string& bytes) {
    return tar_member(name, bytes) + tar_end();
  };
  const auto path = folder / "train.tar";
  write_whole(path, tar_member("ant.tar", inner("ant_1.JPEG", "first")) +
                        tar_member("bee.tar", inner("bee_1.JPEG", "second")) + tar_end());
  const auto pictures = pictures_by_class(path, 0, number_classes({"ant", "bee"}));
  const TarPictures store({path}, pictures);
  ASSERT_EQ(store.size(), 2);
  EXPECT_EQ(store.bytes(0), "first");
  EXPECT_EQ(store.bytes(1), "second");
  EXPECT_EQ(store.label(1), 1);
  EXPECT_THAT(error_of([&] { pictures_by_class(path, 0, number_classes({"ant"})); }).parts().what,
              HasSubstr("class 'bee' is not in the class map"));
}

// Python's tarfile writes such a header in front of every member, GNU tar in front of a long name.
TEST(TarIndex, TheLastArchiveWithinAnArchiveIsFoundBehindAnyHeader) {
  const testing::TempFolder folder;
  const auto path = folder / "train.tar";
  const auto inner = tar_member("bee_1.JPEG", "last") + tar_end();
  for (const auto& header :
       {std::string(), testing::pax_header("mtime", "1234567890.123456"), testing::gnu_long_name("bee.tar")})
    for (const auto& end : {tar_end(), std::string()}) {
      write_whole(path, tar_member("ant.tar", tar_member("ant_1.JPEG", "first") + tar_end()) + header +
                            tar_member("bee.tar", inner) + end);
      const TarPictures store({path}, pictures_by_class(path, 0, number_classes({"ant", "bee"})));
      ASSERT_EQ(store.size(), 2);
      EXPECT_EQ(store.bytes(0), "first");
      EXPECT_EQ(store.bytes(1), "last");
    }
}

// libarchive ends a name at a NUL without a word: what is listed would not be what is in the archive.
TEST(TarIndex, ANulInANameIsRefusedWhereverItStands) {
  const testing::TempFolder folder;
  const auto path = folder / "a.tar";
  const auto refused = [&](const std::string& headers) {
    write_whole(path, headers + tar_member("ant/1.JPEG", "one") + tar_end());
    return error_of([&] { list_tar(path); }).exit_code() == 2;
  };
  const std::string cut("ant/1.JPEG\0/../../x", 19);
  EXPECT_TRUE(refused(testing::pax_header("path", cut)));
  EXPECT_TRUE(refused(testing::gnu_long_name(cut)));
  EXPECT_TRUE(refused(testing::gnu_long_name("ant/2.JPEG") + testing::pax_header("path", cut)));
  write_whole(path, testing::gnu_long_name("ant/2.JPEG") + tar_member("ant/1.JPEG", "one") + tar_end());
  EXPECT_EQ(list_tar(path).at(0).name, "ant/2.JPEG") << "the NUL at the end is GNU's";
}

// The official layout: an archive for each class, and a flat archive with a list of numbers.
TEST(ImageNetArchives, AreReadAsTheyAreHandedOut) {
  const testing::TempFolder folder;
  make_folders(folder / "imagenet");
  const auto place = folder / "imagenet/";
  std::string train, names;
  for (const std::string name : {"ant", "bee", "cow"}) {
    names += name + "\n";
    std::string inner;
    for (int i = 0; i < 4; ++i) inner += tar_member(name + std::to_string(i) + ".JPEG", name);
    train += tar_member(name + ".tar", inner + tar_end());
  }
  write_whole(place + "ILSVRC2012_img_train.tar", train + tar_end());
  write_whole(place + "ILSVRC2012_img_val.tar", tar_member("val_2.JPEG", "two") +
                                                    tar_member("val_1.JPEG", "one") +
                                                    tar_member("val_3.JPEG", "three") + tar_end());
  write_whole(place + "truth.txt", "3\n1\n2\n");
  write_whole(place + "order.txt", "ant\nbee\ncow\n");
  write_whole(place + "names.txt", names);
  const auto& entry = registry().find("imagenet_tar", "test");
  Json options = {
      {"class_map", "names.txt"}, {"ground_truth", "truth.txt"}, {"synsets", "order.txt"}, {"search", 3}};
  const auto dataset = entry.open(options, folder.path());
  EXPECT_EQ(dataset.info().train_count, 12);
  const auto test = TestSplit::open(dataset);
  ASSERT_EQ(test.images->size(), 3);
  EXPECT_EQ(test.images->label(0), 2) << "val_1, by name, not by place";
  EXPECT_EQ(test.images->label(1), 0);
  EXPECT_EQ(test.images->label(2), 1);
  write_whole(place + "broken.txt", "bee3.JPEG\nILSVRC2012_img_val.tar/val_2.JPEG\n");
  options["exclude"] = "broken.txt";
  const auto smaller = entry.open(options, folder.path());
  EXPECT_EQ(smaller.info().train_count, 11);
  EXPECT_EQ(TestSplit::open(smaller).images->label(1), 1) << "val_3 keeps its line";
  options.erase("exclude");
  const auto complaint = [&] { return error_of([&] { entry.open(options, folder.path()); }).parts(); };
  options.erase("ground_truth");
  EXPECT_THAT(complaint().what, HasSubstr("a picture lies in no class folder"));
  EXPECT_THAT(complaint().expected, HasSubstr("ground_truth"));
  options.erase("class_map");
  EXPECT_THAT(complaint().what, HasSubstr("there are 3 classes"));
}

TEST(TarIndex, AnArchiveThatChangedIsNotReadAtTheOldPlace) {
  const testing::TempFolder folder;
  const auto path = folder / "a.tar";
  write_whole(path, tar_member("ant/1.JPEG", "one") + tar_member("ant/2.JPEG", "two") + tar_end());
  const auto members = list_tar(path);
  write_whole(path, tar_member("ant/0.JPEG", "zero") + tar_member("ant/3.JPEG", "three") + tar_end());
  EXPECT_THAT(error_of([&] { read_tar_member(path, members[1]); }).parts().what, HasSubstr("has changed"));
}

}  // namespace
}  // namespace mpq::datasets
