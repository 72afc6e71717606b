// What is known of an archive is kept beside it, and believed only while the archive is the same.

#include "datasets/tar_listing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/tar_member.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using testing::tar_end;
using testing::tar_member;

class KeptListing : public ::testing::Test {
 protected:
  KeptListing() {
    make_folders(folder_ / "set");
    write_whole(archive_, tar_member("ant.tar", tar_member("1.JPEG", "one") + tar_end()) +
                              tar_member("bee/2.JPEG", "two") + tar_member("bee/2.cls", "7") + tar_end());
  }
  TarListing kept(ListedFor purpose = ListedFor::classes) const {
    return kept_listing(folder_.path(), "set/a.tar", purpose);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_ / "cache"))
      found.push_back(entry.path().string());
    return found;
  }
  /// The archive becomes `bytes`, but its time of change stays.
  void replace_unseen(const std::string& bytes) const {
    const auto changed = fs::last_write_time(archive_);
    write_whole(archive_, bytes);
    fs::last_write_time(archive_, changed);
  }

  testing::TempFolder folder_{testing::TempFolder::Place::memory};
  std::string archive_ = folder_ / "set/a.tar";
};

TEST_F(KeptListing, HoldsMembersThoseOfArchivesWithinAndLabels) {
  const auto by_class = list_archive(archive_, ListedFor::classes);
  ASSERT_EQ(by_class.members.size(), 3u);
  EXPECT_EQ(by_class.within.at("ant.tar").at(0).name, "1.JPEG");
  EXPECT_TRUE(by_class.labels.empty());
  const auto by_sample = list_archive(archive_, ListedFor::samples);
  EXPECT_TRUE(by_sample.within.empty());
  EXPECT_EQ(by_sample.labels.at("bee/2.cls"), "7");
  EXPECT_TRUE(kept() == by_class);
  EXPECT_TRUE(kept(ListedFor::samples) == by_sample) << "the one for classes is not taken";
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(KeptListing, IsReadInsteadOfTheArchive) {
  const auto listing = kept();
  replace_unseen(std::string(fs::file_size(archive_), 'x'));
  EXPECT_TRUE(kept() == listing);
}

TEST_F(KeptListing, IsNotTakenForAnArchiveThatChanged) {
  kept();
  const auto size = fs::file_size(archive_);
  replace_unseen(tar_member("cow/3.JPEG", "three") + tar_end());
  ASSERT_NE(fs::file_size(archive_), size);
  EXPECT_EQ(kept().members.at(0).name, "cow/3.JPEG") << "of another size";
  replace_unseen(tar_member("emu/4.JPEG", "four!") + tar_end());
  fs::last_write_time(archive_, fs::last_write_time(archive_) + std::chrono::seconds(1));
  EXPECT_EQ(kept().members.at(0).name, "emu/4.JPEG") << "of another time";
}

TEST_F(KeptListing, ThatIsDamagedIsMadeAnew) {
  const auto listing = kept();
  const auto path = files().at(0);
  const auto good = read_file(path);
  for (std::size_t at = 0; at < good.size(); at += 7) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_whole(path, bad);
    ASSERT_TRUE(kept() == listing) << "byte " << at;
    ASSERT_EQ(read_file(path), good) << "byte " << at;
  }
  for (const auto length : {std::size_t{0}, std::size_t{70}, good.size() / 2, good.size() - 1}) {
    write_whole(path, good.substr(0, length));
    EXPECT_TRUE(kept() == listing) << length << " bytes";
  }
}

TEST_F(KeptListing, NeedsNoFolderThatCanBeWrittenTo) {
  write_whole(folder_ / "cache", "a file where the folder would be");
  EXPECT_TRUE(kept() == list_archive(archive_, ListedFor::classes));
}

TEST_F(KeptListing, OfABrokenArchiveIsNotKept) {
  write_whole(archive_, std::string(2048, 'x'));
  EXPECT_EQ(error_of([&] { kept(); }).exit_code(), 2);
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

}  // namespace
}  // namespace mpq::datasets
