#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "core/file.h"
#include "core/hash.h"
#include "datasets/cifar.h"
#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/support/hostile_list.h"
#include "tests/support/in_memory.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

using mpq::testing::error_of;
using mpq::testing::TempFolder;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Records with these label bytes and pixels 0, 1, 2, …, counted on over the records (mod 251).
std::string records(const std::vector<std::string>& labels) {
  std::string bytes;
  int next = 0;
  for (const auto& label : labels) {
    bytes += label;
    for (int i = 0; i < 3072; ++i) bytes += static_cast<char>(next++ % 251);
  }
  return bytes;
}

std::string label(int value) { return std::string(1, static_cast<char>(value)); }
std::string labels(int coarse, int fine) { return label(coarse) + label(fine); }

TEST(ReadCifar, KeepsLabelsPixelsAndTheOrderOfFiles) {
  const TempFolder folder;
  write_whole(folder / "a", records({label(3), label(9)}));
  write_whole(folder / "b", records({label(0), label(7)}));
  const auto images = read_cifar(cifar10_format(), {folder / "b", folder / "a"}, 2);
  EXPECT_EQ(images.count, 4);
  EXPECT_EQ(images.labels, (std::vector<std::int32_t>{0, 7, 3, 9}));
  ASSERT_EQ(images.pixels.size(), 4u * 3072);
  for (std::size_t i = 0; i < images.pixels.size(); ++i)
    ASSERT_EQ(images.pixels[i], i % (2 * 3072) % 251) << i;
}

TEST(ReadCifar, TheFineLabelIsTheLabelOfCifar100) {
  const TempFolder folder;
  write_whole(folder / "a", records({labels(19, 99), labels(0, 42)}));
  const auto images = read_cifar(cifar100_format(), {folder / "a"}, 2);
  EXPECT_EQ(images.labels, (std::vector<std::int32_t>{99, 42}));
  EXPECT_EQ(images.pixels[3072], 3072 % 251);
}

TEST(ReadCifar, ATruncatedFileIsRefused) {
  const TempFolder folder;
  const auto whole = records({label(3), label(9)});
  write_whole(folder / "a.bin", whole.substr(0, whole.size() - 1));
  EXPECT_EQ(error_of([&] { read_cifar(cifar10_format(), {folder / "a.bin"}, 2); }).what(),
            "error: the file has 6145 bytes\n  where:    " + (folder / "a.bin") +
                ", byte offset 6145\n"
                "  expected: 6146 bytes: 2 records of 3073, as in the binary version of CIFAR-10\n"
                "  fix:      unpack the official binary version, cifar-10-binary.tar.gz, again");
}

TEST(ReadCifar, AFileThatIsTooLongIsRefusedWhereItShouldEnd) {
  const TempFolder folder;
  write_whole(folder / "a.bin", records({label(3), label(9)}) + "x");
  const auto error = error_of([&] { read_cifar(cifar10_format(), {folder / "a.bin"}, 2); });
  EXPECT_EQ(error.parts().what, "the file has 6147 bytes");
  EXPECT_THAT(error.parts().where, HasSubstr("byte offset 6146"));
}

TEST(ReadCifar, AWrongLabelIsRefusedWithItsOffset) {
  const TempFolder folder;
  write_whole(folder / "a.bin", records({label(3), label(255)}));
  EXPECT_EQ(error_of([&] { read_cifar(cifar10_format(), {folder / "a.bin"}, 2); }).what(),
            "error: label 255 in record 1\n  where:    " + (folder / "a.bin") +
                ", byte offset 3073\n"
                "  expected: a label from 0 to 9\n"
                "  fix:      unpack the official binary version, cifar-10-binary.tar.gz, again");
}

TEST(ReadCifar, BothLabelsOfCifar100AreChecked) {
  const TempFolder folder;
  write_whole(folder / "coarse", records({labels(0, 0), labels(20, 0)}));
  write_whole(folder / "fine", records({labels(0, 0), labels(19, 100)}));
  const auto coarse = error_of([&] { read_cifar(cifar100_format(), {folder / "coarse"}, 2); });
  EXPECT_EQ(coarse.parts().what, "coarse label 20 in record 1");
  EXPECT_THAT(coarse.parts().where, HasSubstr("byte offset 3074"));
  const auto fine = error_of([&] { read_cifar(cifar100_format(), {folder / "fine"}, 2); });
  EXPECT_EQ(fine.parts().what, "fine label 100 in record 1");
  EXPECT_THAT(fine.parts().where, HasSubstr("byte offset 3075"));
}

TEST(ReadCifar, WhatAWrongFileSeemsToBeIsSaid) {
  const TempFolder folder;
  write_whole(folder / "100", records({labels(0, 0), labels(1, 1)}));
  write_whole(folder / "10", records({label(0), label(1)}));
  write_whole(folder / "gzip", "\x1f\x8b\x08 something");
  write_whole(folder / "pickle", "\x80\x02}q\x01");
  write_whole(folder / "empty", "");
  const auto what = [&](const CifarFormat& format, const std::string& name) {
    return error_of([&] { read_cifar(format, {folder / name}, 2); }).parts().what;
  };
  EXPECT_THAT(what(cifar10_format(), "100"), HasSubstr("2 records of CIFAR-100"));
  EXPECT_THAT(what(cifar100_format(), "10"), HasSubstr("2 records of CIFAR-10"));
  EXPECT_THAT(what(cifar10_format(), "gzip"), HasSubstr("a gzip file"));
  EXPECT_THAT(what(cifar10_format(), "pickle"), HasSubstr("the Python version"));
  EXPECT_EQ(what(cifar10_format(), "empty"), "the file has 0 bytes");
  EXPECT_THAT(what(cifar10_format(), "absent"), HasSubstr("is missing"));
}

// 3073·3074 bytes are 3074 records of the one set and 3073 of the other: only the labels tell.
TEST(ReadCifar, ALengthThatFitsBothSetsIsToldByTheLabels) {
  const TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 3073; ++i) bytes += labels(i % 20, i % 100) + std::string(3072, '\x80');
  write_whole(folder / "a.bin", bytes);
  EXPECT_EQ(read_cifar(cifar100_format(), {folder / "a.bin"}, 3073).count, 3073);
  const auto error = error_of([&] { read_cifar(cifar10_format(), {folder / "a.bin"}, 3074); });
  EXPECT_EQ(error.parts().what, "label 128 in record 1");
}

/// A set in CIFAR-10's format that is small enough to be written by a test.
Entry small_entry() {
  return cifar_entry(
      {
          .name = "small",
          .title = "Small",
          .citation = "a test",
          .classes = 10,
          .height = 32,
          .width = 32,
          .mean = {0.5F, 0.5F, 0.5F},
          .std = {0.2F, 0.2F, 0.2F},
          .train_count = 4,
          .test_count = 1,
          .search_count = 1,
          .calib_count = 1,
          .folder = "small-bin",
          .options = {},
      },
      cifar10_format(), {"one.bin", "two.bin"}, "test.bin");
}

void write_small(const std::string& data_folder) {
  make_folders(data_folder + "/small-bin");
  write_whole(data_folder + "/small-bin/one.bin", records({label(1), label(2)}));
  write_whole(data_folder + "/small-bin/two.bin", records({label(3), label(4)}));
  write_whole(data_folder + "/small-bin/test.bin", records({label(5)}));
}

TEST(CifarEntry, OpensItsFilesInOrder) {
  const TempFolder folder;
  write_small(folder.path());
  const auto data = small_entry().open(Json::object(), folder.path());
  EXPECT_EQ(mpq::testing::in_memory(data.split(Split::train)).labels,
            (std::vector<std::int32_t>{1, 2, 3, 4}));
  EXPECT_EQ(mpq::testing::in_memory(TestSplit::open(data)).labels, std::vector<std::int32_t>{5});
}

TEST(CifarEntry, EnlargesItsPicturesAsPhotographsAre) {
  const testing::TempFolder folder;
  write_small(folder.path());
  const Json options = {{"side", 64}};
  EXPECT_EQ(small_entry().facts(options, folder.path()).height, 64);
  const auto dataset = small_entry().open(options, folder.path());
  EXPECT_EQ(dataset.info().width, 64);
  const auto view = dataset.split(Split::train);
  std::vector<ByteTable> tables(3);
  for (auto& table : tables)
    for (std::size_t i = 0; i < 256; ++i) table[i] = static_cast<float>(i);
  std::vector<float> large(64 * 64 * 3), small(32 * 32 * 3);
  view.images->write(view.indices.at(0), nullptr, tables, large.data());
  const auto plain = small_entry().open(Json::object(), folder.path());
  plain.split(Split::train).images->write(view.indices.at(0), nullptr, tables, small.data());
  // A constant neighbourhood stays what it is; means agree as far as rounding and edges let them.
  double sum_large = 0, sum_small = 0;
  for (const float v : large) sum_large += v;
  for (const float v : small) sum_small += v;
  EXPECT_NEAR(sum_large / 4, sum_small, 0.02 * sum_small + 1);
}

TEST(CifarEntry, AMissingFolderIsNamedWithThePlaceItBelongs) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { small_entry().open(Json::object(), folder.path()); }).what(),
            "error: the folder of CIFAR-10 is missing\n  where:    " + (folder / "small-bin") +
                "\n  expected: a folder small-bin below the data folder (--data), holding one.bin, two.bin, "
                "test.bin\n  fix:      get the official binary version, cifar-10-binary.tar.gz, from "
                "https://www.cs.toronto.edu/~kriz/cifar.html and unpack it there");
}

TEST(CifarEntry, AMissingOrTruncatedFileIsFoundBeforeAnythingIsRead) {
  const TempFolder folder;
  write_small(folder.path());
  std::filesystem::resize_file(folder / "small-bin/test.bin", 3072);
  for (const auto& error : {error_of([&] { small_entry().open(Json::object(), folder.path()); }),
                            error_of([&] { small_entry().fingerprint(Json::object(), folder.path()); })})
    EXPECT_EQ(error.parts().what, "the file has 3072 bytes");
  std::filesystem::remove(folder / "small-bin/two.bin");
  EXPECT_EQ(error_of([&] { small_entry().open(Json::object(), folder.path()); }).what(),
            "error: a file of CIFAR-10 is missing\n  where:    " + (folder / "small-bin/two.bin") +
                "\n  expected: a file of 6146 bytes\n"
                "  fix:      unpack the official binary version, cifar-10-binary.tar.gz, again");
}

TEST(CifarEntry, TheFingerprintIsThatOfTheBytesAndTheirOrder) {
  const TempFolder folder, other;
  write_small(folder.path());
  write_small(other.path());
  const auto of = [](const TempFolder& data) {
    return small_entry().fingerprint(Json::object(), data.path());
  };
  const auto first = of(folder);
  EXPECT_EQ(first, sha256(sha256(records({label(1), label(2)})) + sha256(records({label(3), label(4)})) +
                          sha256(records({label(5)}))));
  EXPECT_EQ(of(other), first);
  std::filesystem::rename(other / "small-bin/one.bin", other / "swap");
  std::filesystem::rename(other / "small-bin/two.bin", other / "small-bin/one.bin");
  std::filesystem::rename(other / "swap", other / "small-bin/two.bin");
  EXPECT_NE(of(other), first);
}

void expect_refused(const mpq::testing::HostileLine& file, const CifarFormat& format,
                    const std::string& path) {
  const auto error = error_of([&] { read_cifar(format, {path}, 5); });
  EXPECT_EQ(error.exit_code(), 2);
  EXPECT_THAT(error.parts().where, StartsWith(path + ", byte offset "));
  EXPECT_FALSE(error.parts().expected.empty());
  std::smatch offset;
  if (std::regex_search(file.fault, offset, std::regex("byte offset \\d+"))) {
    EXPECT_EQ(error.parts().where, path + ", " + offset.str());
  }
}

void expect_accepted(const mpq::testing::HostileLine& file, const CifarFormat& format,
                     const std::string& path) {
  const auto images = read_cifar(format, {path}, 5);
  std::smatch found;
  ASSERT_TRUE(std::regex_search(file.detail, found, std::regex("=([0-9a-f]{64})"))) << file.detail;
  EXPECT_EQ(sha256({reinterpret_cast<const char*>(images.pixels.data()), images.pixels.size()}), found[1]);
  ASSERT_TRUE(std::regex_search(file.fault, found, std::regex("labels ([0-9 ]*[0-9])"))) << file.fault;
  std::vector<std::string> words;
  for (const auto value : images.labels) words.push_back(std::to_string(value));
  EXPECT_EQ(join(words, " "), found[1]);
}

TEST(HostileCifar, EveryFileGetsItsVerdict) {
  const auto files = mpq::testing::hostile_lines({"cifar10", "cifar100"});
  if (files.empty()) GTEST_SKIP() << "no hostile files: set MPQ_DATA to the data folder";
  const auto folder = mpq::testing::hostile_folder() + "/";
  for (const auto& file : files) {
    SCOPED_TRACE(file.file + ": " + file.fault);
    const auto format = file.reader == "cifar10" ? cifar10_format() : cifar100_format();
    if (file.expectation == "accept")
      expect_accepted(file, format, folder + file.file);
    else
      expect_refused(file, format, folder + file.file);
  }
  RecordProperty("files", static_cast<int>(files.size()));
}

}  // namespace
}  // namespace mpq::datasets
