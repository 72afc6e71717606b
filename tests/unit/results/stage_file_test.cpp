#include "results/stage_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <limits>
#include <numeric>

#include "core/file.h"
#include "core/hash.h"
#include "core/random.h"
#include "tests/support/temp_folder.h"

namespace mpq::results {
namespace {

using mpq::testing::TempFolder;
using ::testing::HasSubstr;

template <class T>
std::vector<T> extremes() {
  return {std::numeric_limits<T>::lowest(), T{0}, T{1}, std::numeric_limits<T>::max()};
}

StageRecord sample() {
  StageRecord record;
  record.settings = {{"kind", "deploy"}, {"seed", 1}, {"network", {{"name", "tiny"}}}};
  record.environment = {{"cpu", "a CPU with ümlaut"}, {"threads", 2}};
  record.summary = {{"status", "done"}, {"value", 0.1}, {"list", {1, 2, 3}}};
  record.arrays["/tensors/layer1.0.conv1.weight"] = Array::of(extremes<float>(), {2, 2});
  record.arrays["/curves/loss"] = Array::of(extremes<double>());
  record.arrays["/predictions/holdout/label"] = Array::of(extremes<std::int32_t>());
  record.arrays["/predictions/holdout/image_index"] = Array::of(extremes<std::int64_t>(), {4, 1, 1});
  record.arrays["/method/i8"] = Array::of(extremes<std::int8_t>());
  record.arrays["/method/u8"] = Array::of(extremes<std::uint8_t>());
  record.arrays["/method/deep/er/i16"] = Array::of(extremes<std::int16_t>());
  record.arrays["/costs/train/forward_images"] = Array::of(std::vector<std::int64_t>{80'000}, {});
  record.arrays["/method/nothing"] = Array::of(std::vector<float>{}, {0, 5});
  record.arrays["/top"] = Array::of(std::vector<float>{1.5F});
  return record;
}

void expect_equal(const StageRecord& a, const StageRecord& b) {
  EXPECT_EQ(a.settings, b.settings);
  EXPECT_EQ(a.environment, b.environment);
  EXPECT_EQ(a.summary, b.summary);
  EXPECT_EQ(a.arrays, b.arrays);
}

std::vector<std::string> names(const StageRecord& record) {
  std::vector<std::string> all;
  for (const auto& [name, array] : record.arrays) all.push_back(name);
  return all;
}

TEST(StageFile, GivesBackWhatWasWritten) {
  const TempFolder folder(TempFolder::Place::memory);
  write_stage_file(folder / "stage.h5", sample());
  expect_equal(read_stage_file(folder / "stage.h5"), sample());
}

TEST(StageFile, KeepsEveryBitOfAFloat) {
  const TempFolder folder(TempFolder::Place::memory);
  StageRecord record;
  const std::vector<float> odd = {-0.0F, std::numeric_limits<float>::quiet_NaN(),
                                  std::numeric_limits<float>::infinity(),
                                  std::numeric_limits<float>::denorm_min()};
  record.arrays["/odd"] = Array::of(odd);
  write_stage_file(folder / "stage.h5", record);
  expect_equal(read_stage_file(folder / "stage.h5"), record);
}

TEST(StageFile, StoresLargeArraysCompressedAndUnchanged) {
  const TempFolder folder(TempFolder::Place::memory);
  std::vector<std::int64_t> ramp(1'000'003);  // a prime: no chunk divides it
  std::iota(ramp.begin(), ramp.end(), 0);
  StageRecord record;
  record.arrays["/predictions/test/image_index"] = Array::of(ramp);
  record.arrays["/wide"] = Array::of(std::vector<float>(600'000, 0.25F), {2, 3, 100'000});
  write_stage_file(folder / "stage.h5", record);
  expect_equal(read_stage_file(folder / "stage.h5"), record);
  EXPECT_LT(std::filesystem::file_size(folder / "stage.h5"), 8'000'024U / 4);
}

TEST(StageFile, HoldsJsonBeyondTheLimitOfAnAttribute) {
  const TempFolder folder(TempFolder::Place::memory);
  StageRecord record;
  record.summary["long"] = std::string(300'000, 'x');
  write_stage_file(folder / "stage.h5", record);
  expect_equal(read_stage_file(folder / "stage.h5"), record);
}

TEST(StageFile, KeepsAStageThatHasAByteOutsideUtf8) {
  const TempFolder folder(TempFolder::Place::memory);
  StageRecord record;
  record.summary["reason"] = "path \xff/x";
  write_stage_file(folder / "stage.h5", record);
  EXPECT_EQ(read_stage_file(folder / "stage.h5").summary["reason"], "path \xef\xbf\xbd/x");
}

TEST(StageFile, LoadsOnlyThePrefixAskedFor) {
  const TempFolder folder(TempFolder::Place::memory);
  write_stage_file(folder / "stage.h5", sample());
  const auto part = read_stage_file(folder / "stage.h5", "/predictions");
  EXPECT_THAT(names(part),
              ::testing::ElementsAre("/predictions/holdout/image_index", "/predictions/holdout/label"));
  EXPECT_EQ(names(read_stage_file(folder / "stage.h5", "/method/deep/er/")),
            std::vector<std::string>{"/method/deep/er/i16"});
  const auto none = read_stage_file(folder / "stage.h5", "none");
  EXPECT_TRUE(none.arrays.empty());
  EXPECT_EQ(none.summary, sample().summary);
}

TEST(StageFile, OfEqualRecordsHasEqualBytes) {
  const TempFolder folder(TempFolder::Place::memory);
  write_stage_file(folder / "a.h5", sample());
  write_stage_file(folder / "b.h5", sample());
  EXPECT_EQ(read_file(folder / "a.h5"), read_file(folder / "b.h5"));
}

TEST(StageFile, StartsWithABlockThatSaysWhatItIs) {
  const TempFolder folder(TempFolder::Place::memory);
  write_stage_file(folder / "stage.h5", sample());
  const auto bytes = read_file(folder / "stage.h5");
  const auto payload = bytes.substr(512);
  const auto line =
      "mpq-stage 1 sha256 " + sha256(payload) + " bytes " + std::to_string(payload.size()) + "\n";
  EXPECT_EQ(bytes.substr(0, line.size()), line);
  EXPECT_EQ(bytes.substr(line.size(), 512 - line.size()), std::string(512 - line.size(), '\0'));
  EXPECT_EQ(payload.substr(0, 8), "\x89HDF\r\n\x1a\n");
}

TEST(StageFile, IsOpenedByPlainHdf5) {
  const TempFolder folder(TempFolder::Place::memory);
  write_stage_file(folder / "stage.h5", sample());
  const auto file = H5Fopen((folder / "stage.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  EXPECT_GT(H5Lexists(file, "/predictions", H5P_DEFAULT), 0);
  EXPECT_GT(H5Lexists(file, "/predictions/holdout/label", H5P_DEFAULT), 0);
  H5Fclose(file);
}

TEST(StageFile, RefusesPathsThatCannotBeStored) {
  const TempFolder folder(TempFolder::Place::memory);
  for (const auto* path :
       {"", "/", "x", "/a/", "//a", "/a//b", "/a/../b", "/a/.", "/settings", "/summary/x"}) {
    StageRecord record;
    record.arrays[path] = Array::of(std::vector<float>{1});
    EXPECT_THROW(write_stage_file(folder / "stage.h5", record), Error) << path;
  }
  StageRecord both;
  both.arrays["/a"] = both.arrays["/a/b"] = Array::of(std::vector<float>{1});
  EXPECT_THROW(write_stage_file(folder / "stage.h5", both), Error);
  StageRecord wrong_size;
  wrong_size.arrays["/a"] = Array{Dtype::f32, {3}, std::vector<std::byte>(4)};
  EXPECT_THROW(write_stage_file(folder / "stage.h5", wrong_size), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// Files grow to a limit and no further, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limited{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

StageRecord large_record() {
  StageRecord record;
  std::vector<std::int32_t> noise(100'000);
  RandomStream random(1, "cannot be compressed");
  for (auto& value : noise) value = static_cast<std::int32_t>(random.next_u32());
  record.arrays["/tensors/weight"] = Array::of(noise);
  return record;
}

void expect_no_space(const std::string& path) {
  try {
    write_stage_file(path, large_record());
    FAIL() << "the file was written";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::environment);
    EXPECT_THAT(e.parts().expected, HasSubstr("free space"));
  }
}

TEST(StageFile, ThatCannotBeFinishedLeavesNothing) {
  const TempFolder folder(TempFolder::Place::memory);
  {
    const FileSizeLimit limit(100'000);
    expect_no_space(folder / "stage.h5");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(StageFile, ThatCannotBeFinishedKeepsTheOldOne) {
  const TempFolder folder(TempFolder::Place::memory);
  write_stage_file(folder / "stage.h5", sample());
  {
    const FileSizeLimit limit(100'000);
    expect_no_space(folder / "stage.h5");
  }
  expect_equal(read_stage_file(folder / "stage.h5"), sample());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(StageFile, OnAFullFileSystemIsAnErrorOfTheEnvironment) {
  const TempFolder folder(TempFolder::Place::memory);
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=128k") != 0)
    GTEST_SKIP() << "this user may not mount a small file system";
  expect_no_space(folder / "stage.h5");
  const bool empty = std::filesystem::is_empty(folder.path());
  ::umount(folder.path().c_str());
  EXPECT_TRUE(empty);
}

}  // namespace
}  // namespace mpq::results
