#include <gmock/gmock.h>

#include "models/checkpoint.h"
#include "tests/support/error_of.h"
#include "tests/unit/models_checkpoint/zip_writer.h"

namespace mpq::models {
namespace {

using namespace mpq::testing;
using ::testing::HasSubstr;

const std::string kObject = dict(text("w") + TensorText{.view = ""}.str());

void expect_read(const ZipFile& zip) {
  const auto found = read_checkpoint_bytes(zip.str(), "w.pth");
  ASSERT_EQ(found.tensors.size(), 1U);
  EXPECT_EQ(found.tensors[0].first, "w");
  EXPECT_TRUE(found.tensors[0].second.equal(torch::arange(1, 7, torch::kFloat32).view({2, 3})));
}

std::string refusal(const ZipFile& zip) {
  return error_of([&] { read_checkpoint_bytes(zip.str(), "w.pth"); }).parts().what;
}

TEST(ZipLayout, PlainMembersAreRead) { expect_read(ZipFile::checkpoint(kObject)); }

TEST(ZipLayout, SizesMayFollowTheData) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.sizes_follow = true;
  zip.wide_end = true;
  zip.padding = std::string(37, 'Z');
  expect_read(zip);
}

TEST(ZipLayout, SizesMayBeWide) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.wide_sizes = true;
  expect_read(zip);
  zip.padding = "Z";  // the 64-bit field need not be the first
  expect_read(zip);
}

TEST(ZipLayout, GapsBetweenMembersAreHarmless) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.gap = std::string(11, '\0');
  expect_read(zip);
}

TEST(ZipLayout, AWrongChecksumIsRefusedInEveryMember) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.members.emplace_back("archive/data/1", "a storage that no tensor uses");
  zip.crc_error = 1;
  EXPECT_THAT(refusal(zip), HasSubstr("CRC-32"));
}

TEST(ZipLayout, ACommentIsRefused) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.comment = "hello";
  EXPECT_EQ(refusal(zip), "the zip archive has no end record");
}

TEST(ZipLayout, ALocalHeaderOfAnotherNameIsRefused) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.local_name = "archive/other";
  EXPECT_EQ(refusal(zip), "the local header differs from the directory, or is not there");
}

TEST(ZipLayout, NamesThatLeadElsewhereAreRefused) {
  for (const std::string name : {"../x", "/x", "archive/../../x", "archive//x", "archive/./x", "archive\\x",
                                 "archive/", "", "archive/\xff"}) {
    auto zip = ZipFile::checkpoint(kObject);
    zip.members.emplace_back(name, "x");
    EXPECT_EQ(refusal(zip), "the name of a zip member leads elsewhere") << name;
  }
}

TEST(ZipLayout, ASecondFolderOrNoneIsRefused) {
  for (const std::string name : {"other/data.pkl", "data.pkl"}) {
    auto zip = ZipFile::checkpoint(kObject);
    zip.members.emplace_back(name, "x");
    EXPECT_EQ(refusal(zip), "zip members are in different folders") << name;
  }
}

TEST(ZipLayout, AMemberInsideOfAnotherIsRefused) {
  auto zip = ZipFile::checkpoint(kObject);
  const std::pair<std::string, std::string> inner{"archive/data/2", "y"};
  zip.members.emplace_back("archive/data/1", zip.local(inner.first, inner.second) + inner.second);
  expect_read(zip);
  zip.hidden.push_back(inner);
  EXPECT_EQ(refusal(zip), "zip members overlap");
}

TEST(ZipLayout, BytesAfterThePickleAreRefused) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.members[0].second += "x";
  EXPECT_EQ(refusal(zip), "1 bytes after the end of the pickle");
}

TEST(ZipLayout, AStorageOfAnotherSizeIsRefused) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.members[1].second += "abcd";
  EXPECT_EQ(refusal(zip), "the storage has 28 bytes");
}

TEST(ZipLayout, ArchiveVersionsUpToTenAreRead) {
  auto zip = ZipFile::checkpoint(kObject);
  for (const std::string version : {"1", "3\n", "10\n"}) {
    zip.members[2].second = version;
    expect_read(zip);
  }
  for (const std::string version : {"", "0", "11", "3x", "-3", "99999999999999999999"}) {
    zip.members[2].second = version;
    EXPECT_THAT(refusal(zip), HasSubstr("the archive has version")) << version;
  }
}

TEST(ZipLayout, ByteOrderIsLittleOrUnsaid) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.members.emplace_back("archive/byteorder", "little");
  expect_read(zip);
  zip.members.back().second = "";
  EXPECT_EQ(refusal(zip), "the archive has byte order ''");
}

TEST(ZipLayout, TheWholeMessageOfADamagedMember) {
  auto zip = ZipFile::checkpoint(kObject);
  zip.crc_error = 1;
  EXPECT_STREQ(error_of([&] { read_checkpoint_bytes(zip.str(), "w.pth"); }).what(),
               "error: the checksum (CRC-32) of a zip member does not match\n"
               "  where:    w.pth, member 'archive/data.pkl'\n"
               "  expected: undamaged data\n"
               "  fix:      get the file again from its source; this copy is damaged or was tampered with");
}

}  // namespace
}  // namespace mpq::models
