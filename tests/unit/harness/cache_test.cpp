// What the cache promises: computed once, again when the question or the file changes, never an obstacle.

#include "harness/cache.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/file.h"
#include "core/hash.h"
#include "tests/support/temp_folder.h"

namespace mpq::harness {
namespace {

class Cache : public ::testing::Test {
 protected:
  Json ask(const Json& identity, const std::string& folder) {
    return remembered(folder, "answer", identity, [&] { return Json(++computed_); });
  }
  testing::TempFolder folder_;
  int computed_ = 0;
};

TEST_F(Cache, ComputesOnceForOneIdentity) {
  EXPECT_EQ(ask({{"a", 1}}, folder_.path()), 1);
  EXPECT_EQ(ask({{"a", 1}}, folder_.path()), 1);
  EXPECT_EQ(ask({{"a", 2}}, folder_.path()), 2);
}

TEST_F(Cache, ComputesAgainWhenTheEntryIsDamaged) {
  ask({{"a", 1}}, folder_.path());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    write_whole(entry.path().string(), "{\"ident");
  EXPECT_EQ(ask({{"a", 1}}, folder_.path()), 2);
}

TEST_F(Cache, ComputesAgainWhenTheEntryIsOfAnotherForm) {
  ask({{"a", 1}}, folder_.path());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    write_whole(entry.path().string(), R"({"identity": {"a": 1}, "value": 7})");
  EXPECT_EQ(ask({{"a", 1}}, folder_.path()), 2);
}

TEST_F(Cache, TakesNamesThatAreNotUtf8) {
  EXPECT_EQ(ask({{"path", "caf\xe9"}}, folder_.path()), 1);
  EXPECT_EQ(ask({{"path", "caf\xe9"}}, folder_.path()), 1);
}

TEST_F(Cache, IsNoObstacleWhenItCannotBeWritten) {
  EXPECT_EQ(ask({{"a", 1}}, "/proc/nowhere"), 1);
  EXPECT_EQ(ask({{"a", 1}}, ""), 2);
}

TEST_F(Cache, StampOfAFolderChangesWithAnyFileBelowIt) {
  std::filesystem::create_directory(folder_ / "deep");
  write_whole(folder_ / "deep/x", "one");
  const auto before = file_stamp(folder_.path());
  EXPECT_EQ(file_stamp(folder_.path()), before);
  write_whole(folder_ / "deep/x", "two");  // the same size: the time of change tells
  EXPECT_NE(file_stamp(folder_.path()), before);
}

TEST_F(Cache, HashesAFileAgainOnlyAfterItChanged) {
  write_whole(folder_ / "x", "one");
  const auto cache = folder_ / "cache";
  EXPECT_EQ(cached_sha256(cache, folder_ / "x"), sha256("one"));
  write_whole(folder_ / "x", "three");
  EXPECT_EQ(cached_sha256(cache, folder_ / "x"), sha256("three"));
}

}  // namespace
}  // namespace mpq::harness
