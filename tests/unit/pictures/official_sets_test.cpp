// Sets as their makers hand them out, from files of that layout; nothing is decoded here.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/file.h"
#include "datasets/picture.h"
#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

std::vector<std::int32_t> labels_of(const Source& images) {
  std::vector<std::int32_t> all;
  for (std::int64_t i = 0; i < images.size(); ++i) all.push_back(images.label(i));
  return all;
}

class Pets : public ::testing::Test {
 protected:
  static constexpr int kBreeds = 37;

  void SetUp() override {
    make_folders(folder_ / "oxford-iiit-pet/annotations");
    make_folders(folder_ / "oxford-iiit-pet/images");
    std::string train = "# picture class species breed\n", test;
    for (int breed = 1; breed <= kBreeds; ++breed) {
      for (int i = 0; i < 4; ++i) train += line(breed, i);
      test += line(breed, 4);
    }
    write_list("trainval.txt", train);
    write_list("test.txt", test);
  }
  static std::string line(int breed, int number) {
    return "Breed_" + std::to_string(breed) + "_" + std::to_string(number) + " " + std::to_string(breed) +
           " 1 1\n";
  }
  std::string list(const std::string& name) const {
    return folder_ / ("oxford-iiit-pet/annotations/" + name);
  }
  void write_list(const std::string& name, const std::string& lines) const { write_whole(list(name), lines); }
  Dataset open(Json options = Json::object()) const {
    const auto& entry = registry().find("pets", "test");
    options["search"] = kBreeds;
    return entry.open(resolve_options(entry.info.options, options, "test"), folder_.path());
  }
  ErrorParts complaint(const Json& options = Json::object()) const {
    return error_of([&] { open(options); }).parts();
  }

  testing::TempFolder folder_;
};

TEST_F(Pets, PartsAndClassesAreThoseOfTheOfficialLists) {
  const auto data = open();
  EXPECT_EQ(data.info().classes, kBreeds);
  EXPECT_EQ(data.info().train_count, 4 * kBreeds);
  EXPECT_EQ(data.info().test_count, kBreeds);
  EXPECT_TRUE(data.info().balanced_splits);
  std::vector<std::int32_t> expected(kBreeds);
  for (int breed = 0; breed < kBreeds; ++breed) expected[static_cast<std::size_t>(breed)] = breed;
  EXPECT_EQ(labels_of(*TestSplit::open(data).images), expected) << "counted from 0, in the list from 1";
}

// The fingerprint is asked for when a study is planned: a run would fail hours later.
TEST_F(Pets, APictureThatIsMissingIsNoticedByTheFingerprint) {
  const auto& entry = registry().find("pets", "test");
  const auto options = resolve_options(entry.info.options, Json::object(), "test");
  const auto images = folder_ / "oxford-iiit-pet/images/";
  const auto missing = error_of([&] { entry.fingerprint(options, folder_.path()); }).parts();
  EXPECT_THAT(missing.what, HasSubstr("a picture of the set is missing"));
  EXPECT_EQ(missing.where, images + "Breed_1_0.jpg");
  for (int breed = 1; breed <= kBreeds; ++breed)
    for (int i = 0; i < 5; ++i)
      std::ofstream(images + "Breed_" + std::to_string(breed) + "_" + std::to_string(i) + ".jpg") << "x";
  EXPECT_EQ(entry.fingerprint(options, folder_.path()).size(), 64u);
}

TEST_F(Pets, WhatIsWrongIsNamed) {
  const auto wrong = [&](const std::string& lines) {
    write_list("test.txt", lines);
    return complaint();
  };
  EXPECT_THAT(wrong("Breed_1_1 38 1 1\n").what, HasSubstr("not a line of the list"));
  EXPECT_THAT(wrong(line(1, 1) + "Breed_1_2 0 1 1\n").where, HasSubstr("test.txt, line 2"));
  EXPECT_THAT(wrong("Breed_1_1\n").what, HasSubstr("not a line of the list"));
  EXPECT_THAT(wrong("../../secret 1 1 1\n").what, HasSubstr("not a line of the list"));
  EXPECT_THAT(wrong("# nothing\n").what, HasSubstr("the list names no pictures"));
  std::filesystem::remove(list("test.txt"));
  EXPECT_THAT(complaint().what, HasSubstr("a list of Oxford-IIIT Pet is missing"));
  EXPECT_THAT(complaint().fix, HasSubstr("mpq data fetch pets"));
  EXPECT_EQ(complaint({{"class_map", "classes.txt"}}).what, "pets takes no class map");
}

// torchvision opens whatever a file is; a folder of somebody's own may be told that a name is wrong.
TEST(OfficialSets, GoByWhatAFileIsAndNotByItsName) {
  const auto by_content = [](const std::string& name) {
    const auto& entry = registry().find(name, "test");
    return resolve_options(entry.info.options, Json::object(), "test").at("by_content").get<bool>();
  };
  EXPECT_TRUE(by_content("imagenet"));
  EXPECT_TRUE(by_content("imagenet_tar"));
  EXPECT_TRUE(by_content("pets"));
  EXPECT_FALSE(by_content("image_folder"));
}

class ImageNetFolders : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"n01", "n02", "n03"})
      for (const std::string picture : {"1", "2", "3", "4"})
        put("train/" + name + "/" + name + "_" + picture + ".JPEG");
    write_whole(root() + "/classes.tsv", "n01\t5\nn02\t999\nn03\t0\n");
  }
  std::string root() const { return folder_ / "imagenet"; }
  void put(const std::string& name) const {
    const auto path = root() + "/" + name;
    make_folders(path.substr(0, path.rfind('/')));
    write_whole(path, "never decoded here");
  }
  const Entry& entry() const { return registry().find("imagenet", "test"); }
  Json complete(Json options) const {
    options.update({{"class_map", "classes.tsv"}, {"search", 3}});
    return resolve_options(entry().info.options, options, "test");
  }
  Dataset open(const Json& options) const { return entry().open(complete(options), folder_.path()); }
  std::string fingerprint(const Json& options) const {
    return entry().fingerprint(complete(options), folder_.path());
  }
  /// Pictures, and the class of each by its number in the devkit's order.
  void put_flat_validation() const {
    for (const std::string name : {"val_2", "val_1", "val_3"}) put("val/" + name + ".JPEG");
    write_whole(root() + "/truth.txt", "3\n1\n2\n");
    write_whole(root() + "/order.txt", "n01\nn02\nn03\n");
  }

  testing::TempFolder folder_;
};

// As n02105855_2933.JPEG of the official training part is one.
TEST_F(ImageNetFolders, APngUnderTheNameOfAJpegIsTaken) {
  for (const std::string name : {"n01", "n02", "n03"}) put("val/" + name + "/a.JPEG");
  Picture white(260, 300);
  std::fill(white.rgb.begin(), white.rgb.end(), std::uint8_t{255});
  write_whole(root() + "/train/n01/n01_1.JPEG", encode_png(white));
  std::vector<ByteTable> plain(3);
  for (auto& table : plain)
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i);
  std::vector<float> seen(224 * 224 * 3);
  const auto read = [&](const Json& options) {
    const auto data = open(options);
    data.split(Split::train).images->write(0, nullptr, plain, seen.data());
  };
  read(Json::object());
  EXPECT_EQ(seen, std::vector<float>(seen.size(), 255.0F));
  EXPECT_THAT(error_of([&] {
                read({{"by_content", false}});
              })
                  .parts()
                  .what,
              HasSubstr("the file is a PNG and is called a JPEG"));
}

TEST_F(ImageNetFolders, APictureThatIsLeftOutMakesAnotherSetAndMovesNoLabel) {
  put_flat_validation();
  const Json whole = {{"ground_truth", "truth.txt"}, {"synsets", "order.txt"}};
  auto without = whole;
  without["exclude"] = "broken.txt";
  write_whole(root() + "/broken.txt", "val_1.JPEG\nn02_3.JPEG\n");
  const auto data = open(without);
  EXPECT_EQ(data.info().train_count, 11);
  EXPECT_EQ(labels_of(*TestSplit::open(data).images), (std::vector<std::int32_t>{5, 999}));
  EXPECT_NE(fingerprint(without), fingerprint(whole));
  write_whole(root() + "/broken.txt", "n09_1.JPEG\n");
  EXPECT_THAT(error_of([&] { open(without); }).parts().what, HasSubstr("names no picture of the set"));
}

TEST_F(ImageNetFolders, ASubsetKeepsTheIndicesOfAllThousandClasses) {
  for (const std::string name : {"n01", "n02", "n03"}) put("val/" + name + "/a.JPEG");
  const auto data = open(Json::object());
  EXPECT_EQ(data.info().classes, 1000);
  EXPECT_EQ(data.info().train_count, 12);
  EXPECT_EQ(labels_of(*TestSplit::open(data).images), (std::vector<std::int32_t>{5, 999, 0}));
}

TEST_F(ImageNetFolders, TheFlatValidationFolderGetsItsClassesFromTheDevkitFiles) {
  put_flat_validation();
  const auto data = open({{"ground_truth", "truth.txt"}, {"synsets", "order.txt"}});
  EXPECT_EQ(labels_of(*TestSplit::open(data).images), (std::vector<std::int32_t>{0, 5, 999}));
  EXPECT_THAT(error_of([&] { open(Json::object()); }).parts().what,
              HasSubstr("a picture lies beside the class folders"));
}

TEST_F(ImageNetFolders, TheFlatValidationFolderGetsItsClassesFromKagglesTable) {
  put_flat_validation();
  const auto with_table = [&](const std::string& lines) {
    write_whole(root() + "/solution.csv", "ImageId,PredictionString\n" + lines);
    return open({{"ground_truth", "solution.csv"}});
  };
  const std::string two = "val_3,n02 85 1 499 272\nval_1,n03 1 2 3 4 n03 5 6 7 8 \n";
  const auto data = with_table(two + "val_2,n01 0 0 9 9\r\n");
  EXPECT_EQ(labels_of(*TestSplit::open(data).images), (std::vector<std::int32_t>{0, 5, 999}));
  const auto what = [&](const std::string& lines) {
    return error_of([&] { with_table(lines); }).parts().what;
  };
  EXPECT_THAT(what(two), HasSubstr("3 pictures and 2 lines"));
  EXPECT_EQ(what(two + "val_4,n01 0 0 9 9\n"), "the table has no line for picture 'val_2.JPEG'");
  EXPECT_EQ(what(two + "val_3,n01 0 0 9 9\n"), "picture 'val_3' for the second time");
  EXPECT_EQ(what(two + "val_2,n09 0 0 9 9\n"), "class 'n09' is not in the class map");
}

// Only names tell that a list is in another order than the numbers: it holds the same synsets.
TEST_F(ImageNetFolders, NumbersBesideTheSynsetsSortedByNameAreRefused) {
  put_flat_validation();
  std::vector<std::string> names{"n01", "n02", "n03"};
  for (int i = 3; i < 1000; ++i) names.push_back("n1" + std::to_string(1000 + i));
  write_whole(root() + "/order.txt", join(names, " one\n") + "\n");
  const Json numbers = {{"ground_truth", "truth.txt"}, {"synsets", "order.txt"}};
  const auto parts = error_of([&] { open(numbers); }).parts();
  EXPECT_EQ(parts.what, "the classes are numbers, and the list of synsets is sorted by name");
  EXPECT_EQ(parts.where, root() + "/order.txt");
  EXPECT_THAT(parts.expected, HasSubstr("begins with n02119789"));
  std::swap(names[0], names[1]);
  write_whole(root() + "/order.txt", join(names, " one\n") + "\n");
  EXPECT_EQ(labels_of(*TestSplit::open(open(numbers)).images), (std::vector<std::int32_t>{0, 999, 5}));
  std::sort(names.begin(), names.end());
  write_whole(root() + "/order.txt", join(names, "\n") + "\n");
  write_whole(root() + "/truth.txt", "n03\nn01\nn02\n");
  EXPECT_EQ(labels_of(*TestSplit::open(open(numbers)).images), (std::vector<std::int32_t>{0, 5, 999}))
      << "names need no order";
}

TEST_F(ImageNetFolders, WithoutAMapThereMustBeAThousandClasses) {
  const auto options = resolve_options(entry().info.options, Json::object(), "test");
  const auto parts = error_of([&] { entry().open(options, folder_.path()); }).parts();
  EXPECT_THAT(parts.what, HasSubstr("there are 3 classes"));
  EXPECT_THAT(parts.fix, HasSubstr("class_map"));
}

}  // namespace
}  // namespace mpq::datasets
