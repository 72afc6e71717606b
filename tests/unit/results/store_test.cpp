#include "results/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/hash.h"
#include "tests/support/temp_folder.h"

namespace mpq::results {
namespace {

using mpq::testing::TempFolder;
using ::testing::HasSubstr;

template <class Work>
Error error_of(Work work) {
  try {
    work();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorKind::bug, {});
}

void finish(const Store& store, const std::string& key) {
  make_folders(store.stage_folder(key));
  write_stage_file(store.stage_path(key), {});
}

TEST(Store, IsCreatedOnceAndOpenedAgain) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder / "a/b");
  EXPECT_EQ(read_file(folder / "a/b/format"), "mpq store 1\n");
  EXPECT_NO_THROW(Store(folder / "a/b"));
  EXPECT_EQ(store.index_path(), folder / "a/b/index.sqlite");
}

TEST(Store, OfANewerFormatIsRefused) {
  const TempFolder folder(TempFolder::Place::memory);
  write_whole(folder / "format", "mpq store 2\n");
  const auto error = error_of([&] { Store(folder.path()); });
  EXPECT_EQ(error.kind(), ErrorKind::environment);
  EXPECT_THAT(error.parts().what, HasSubstr("newer mpq"));
}

TEST(Store, IsNotMadeInAFolderOfOtherThings) {
  const TempFolder folder(TempFolder::Place::memory);
  write_whole(folder / "thesis.tex", "precious");
  const auto error = error_of([&] { Store(folder.path()); });
  EXPECT_EQ(error.kind(), ErrorKind::input);
  EXPECT_THAT(error.parts().where, HasSubstr("thesis.tex"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Store, WithAForeignFormatFileIsRefused) {
  const TempFolder folder(TempFolder::Place::memory);
  write_whole(folder / "format", "something else");
  EXPECT_EQ(error_of([&] { Store(folder.path()); }).kind(), ErrorKind::input);
}

TEST(Store, KeysAreHashesOfCanonicalSettings) {
  EXPECT_EQ(Store::key_of({{"b", 1}, {"a", 2}}), sha256(R"({"a":2,"b":1})"));
  EXPECT_NE(Store::key_of({{"seed", 1}}), Store::key_of({{"seed", 2}}));
}

TEST(Store, RefusesKeysThatAreNot) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  for (const std::string key : {"", "ab", "../../../etc/passwd", std::string(64, 'g').c_str()})
    EXPECT_THROW(store.stage_path(key), Error) << key;
}

TEST(Store, ListsFinishedStagesOnly) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  const auto one = Store::key_of(1), two = Store::key_of(2), half = Store::key_of(3);
  finish(store, one);
  finish(store, two);
  make_folders(store.stage_folder(half));
  make_folders(folder / "stages/zz/not-a-key");
  write_whole(folder / "stages/zz/not-a-key/stage.h5", "x");
  auto expected = std::vector{one, two};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(store.finished_keys(), expected);
  EXPECT_TRUE(store.finished(one));
  EXPECT_FALSE(store.finished(half));
}

TEST(Store, IsLockedByOneProcess) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  const auto lock = store.lock();
  const auto error = error_of([&] { store.lock(); });
  EXPECT_EQ(error.kind(), ErrorKind::environment);
  EXPECT_THAT(error.parts().what, HasSubstr("another mpq is using the store"));
  EXPECT_NO_THROW(Store(folder.path()));  // looking needs no lock
}

TEST(Store, LocksEachStageByItself) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  const auto lock = store.lock_stage(Store::key_of(1));
  EXPECT_TRUE(store.lock_stage(Store::key_of(2)).held());
  EXPECT_THROW(store.lock_stage(Store::key_of(1)), Error);
}

TEST(Store, KeepsThePlanOfAStudy) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  const Json plan = {{"name", "quick"}, {"cases", Json::array()}};
  store.write_study("quick", plan);
  store.write_study("a-second_one.2", plan);
  EXPECT_EQ(store.read_study("quick"), plan);
  EXPECT_EQ(store.read_study("absent"), std::nullopt);
  EXPECT_THAT(store.studies(), ::testing::ElementsAre("a-second_one.2", "quick"));
  const auto record = read_stage_file(folder / "studies/quick.h5");
  EXPECT_EQ(record.summary["kind"], "study");
}

TEST(Store, RefusesStudyNamesThatLeaveTheFolder) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  for (const auto* name : {"", "../x", "a/b", ".hidden", "line\nfeed"}) {
    EXPECT_EQ(error_of([&] { store.write_study(name, {}); }).kind(), ErrorKind::input) << name;
    EXPECT_EQ(store.read_study(name), std::nullopt) << name;
  }
}

TEST(Store, RefusesAStageInThePlaceOfAStudy) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  make_folders(folder / "studies");
  write_stage_file(folder / "studies/quick.h5", {});
  EXPECT_THAT(error_of([&] { store.read_study("quick"); }).parts().what, HasSubstr("does not hold a study"));
}

TEST(Store, RemembersWhyAStageFailedUntilCleared) {
  const TempFolder folder(TempFolder::Place::memory);
  const Store store(folder.path());
  const auto key = Store::key_of(1);
  EXPECT_EQ(store.read_failure(key), std::nullopt);
  store.write_failure(key, {{"what", "loss is NaN"}});
  EXPECT_EQ((*store.read_failure(key))["what"], "loss is NaN");
  store.clear_failure(key);
  EXPECT_EQ(store.read_failure(key), std::nullopt);
  EXPECT_FALSE(store.finished(key));
}

}  // namespace
}  // namespace mpq::results
