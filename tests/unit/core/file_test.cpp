#include "core/file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/error_of.h"
#include "tests/support/full_disk.h"
#include "tests/support/temp_folder.h"

namespace mpq {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::TempFolder;

std::size_t files_in(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(WriteWhole, WritesAndReplaces) {
  const TempFolder folder;
  write_whole(folder / "file", "one");
  EXPECT_EQ(read_file(folder / "file"), "one");
  write_whole(folder / "file", std::string("tw\0o", 4));
  EXPECT_EQ(read_file(folder / "file"), std::string("tw\0o", 4));
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(WriteWhole, KeepsTheOldFileWhenFillingFails) {
  const TempFolder folder;
  write_whole(folder / "file", "old");
  EXPECT_THROW(write_whole(folder / "file",
                           [](const std::string& temporary) {
                             std::ofstream(temporary) << "half";
                             throw std::runtime_error("no more");
                           }),
               std::runtime_error);
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(WriteWhole, FillsBesideTheFileAndThenRenames) {
  const TempFolder folder;
  std::string used;
  write_whole(folder / "file", [&](const std::string& temporary) {
    used = temporary;
    EXPECT_FALSE(std::filesystem::exists(folder / "file"));
    std::ofstream(temporary) << "new";
  });
  EXPECT_EQ(std::filesystem::path(used).parent_path(), folder.path());
  EXPECT_EQ(read_file(folder / "file"), "new");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(WriteWhole, LeavesNothingBehindWhereItCannotWrite) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "file");  // cannot be replaced by a file
  EXPECT_EQ(error_of([&] { write_whole(folder / "file", "x"); }).exit_code(), 3);
  EXPECT_EQ(files_in(folder.path()), 1u);
  const auto error = error_of([&] { write_whole(folder / "absent/file", "x"); });
  EXPECT_EQ(error.parts().what, "creating the file failed: No such file or directory");
  EXPECT_EQ(error.parts().where, folder / "absent/file");
}

TEST(WriteWhole, AFullDiskIsNamedAndKeepsTheOldFile) {
  const TempFolder folder;
  write_whole(folder / "file", "old");
  EXPECT_TRUE(testing::on_full_disk(1000, [&] {
    const auto error = error_of([&] { write_whole(folder / "file", std::string(100000, 'x')); });
    return error.exit_code() == 3 && error.parts().fix.find("free some space") == 0;
  }));
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(ReadFile, RefusesWhatIsNotThereTooLongOrNoFile) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { read_file(folder / "absent"); }).parts().what,
            "cannot open the file: No such file or directory");
  write_whole(folder / "file", "12345");
  const auto error = error_of([&] { read_file(folder / "file", 4); });
  EXPECT_EQ(error.exit_code(), 2);
  EXPECT_EQ(error.parts().what, "the file has 5 bytes");
  EXPECT_EQ(error.parts().expected, "at most 4 bytes");
  EXPECT_EQ(read_file(folder / "file", 5), "12345");
  EXPECT_EQ(error_of([&] { read_file(folder.path()); }).parts().what, "not a regular file");
}

TEST(ReadFile, DoesNotWaitForANamedPipe) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { read_file(folder / "pipe"); }).parts().what, "not a regular file");
}

TEST(MakeFolders, MakesParentsAndAcceptsWhatIsThere) {
  const TempFolder folder;
  make_folders(folder / "a/b/c");
  EXPECT_NO_THROW(make_folders(folder / "a/b/c"));
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
  write_whole(folder / "file", "x");
  EXPECT_EQ(error_of([&] { make_folders(folder / "file/below"); }).exit_code(), 3);
}

/// Runs `work` in another process; the exit code is 0 if it returned true.
template <class Work>
int exit_code_of_child(Work work) {
  const auto child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

bool is_refused(const std::string& path, const std::string& holder) {
  const auto error = error_of([&] { const FileLock lock(path, "the store"); });
  return error.exit_code() == 3 && error.parts().what == "another mpq is using the store" &&
         error.parts().where == path + ", held by " + holder;
}

TEST(FileLock, IsRefusedToAnotherProcessWhileItIsHeld) {
  const TempFolder folder;
  const auto path = folder / "lock";
  const auto holder = "process " + std::to_string(::getpid());
  {
    const FileLock lock(path, "the store");
    EXPECT_TRUE(lock.held());
    EXPECT_EQ(exit_code_of_child([&] { return is_refused(path, holder); }), 0);
  }
  EXPECT_EQ(exit_code_of_child([&] { return FileLock(path, "the store").held(); }), 0);
}

TEST(FileLock, VanishesWithItsProcess) {
  const TempFolder folder;
  const auto path = folder / "lock";
  EXPECT_EQ(exit_code_of_child([&] {
              const auto* lock = new FileLock(path, "the store");  // never deleted
              return lock->held();
            }),
            0);
  EXPECT_TRUE(FileLock(path, "the store").held());
}

TEST(FileLock, MovesItsHold) {
  const TempFolder folder;
  FileLock lock(folder / "lock", "the store");
  FileLock other(std::move(lock));
  EXPECT_TRUE(other.held());
  FileLock third;
  EXPECT_FALSE(third.held());
  third = std::move(other);
  EXPECT_TRUE(third.held());
}

TEST(FileLock, NamesAFolderThatIsMissing) {
  const TempFolder folder;
  EXPECT_THAT(error_of([&] { const FileLock lock(folder / "absent/lock", "the store"); }).what(),
              HasSubstr("creating the lock file failed: No such file or directory"));
}

}  // namespace
}  // namespace mpq
