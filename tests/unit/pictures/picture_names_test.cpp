// Which files of a folder are pictures of the set, and that none of them is passed over without a word.

#include "datasets/picture_names.h"

#include <gmock/gmock.h>

#include "core/file.h"
#include "datasets/registry.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

TEST(PictureNames, TheEndingSaysIt) {
  EXPECT_EQ(ending_of("a.b/c.tar.JPEG"), "jpeg");
  EXPECT_EQ(ending_of("README"), "");
  for (const std::string name : {"a.jpg", "b.JPEG", "c.Png"}) {
    EXPECT_TRUE(is_read_picture(name)) << name;
    EXPECT_TRUE(is_any_picture(name)) << name;
    EXPECT_NO_THROW(require_read_format(name)) << name;
  }
  for (const std::string name : {"a.bmp", "b.WEBP", "c.tiff", "d.gif", "e.jfif", "f.HEIC"}) {
    EXPECT_FALSE(is_read_picture(name)) << name;
    EXPECT_TRUE(is_any_picture(name)) << name;
  }
  for (const std::string name : {"Thumbs.db", "notes.txt", "jpg"}) EXPECT_FALSE(is_any_picture(name)) << name;
}

class NamedFiles : public ::testing::Test {
 protected:
  NamedFiles() {
    for (const std::string part : {"train", "val"})
      for (const std::string name : {"1.jpg", "2.jpg", "3.png", "4.png"}) put(part + "/ant/" + name);
  }
  void put(const std::string& name) const {
    const auto path = folder_ / ("set/" + name);
    make_folders(path.substr(0, path.rfind('/')));
    write_whole(path, "never decoded here");
  }
  std::int64_t pictures_for_training(const std::string& exclude) const {
    const auto& entry = registry().find("image_folder", "test");
    const Json given = {{"folder", "set"}, {"search", 1}, {"exclude", exclude}};
    return entry.open(resolve_options(entry.info.options, given, "test"), folder_.path()).info().train_count;
  }
  testing::TempFolder folder_;
};

TEST_F(NamedFiles, OtherFilesAreLeftAlone) {
  put("train/ant/Thumbs.db");
  put("train/notes.txt");
  EXPECT_EQ(pictures_for_training(""), 4);
}

TEST_F(NamedFiles, APictureThatIsNotReadIsRefusedUnlessItIsLeftOut) {
  put("train/ant/5.webp");
  const auto parts = error_of([&] { pictures_for_training(""); }).parts();
  EXPECT_EQ(parts.what, "a picture is of a format that is not read: .webp");
  EXPECT_EQ(parts.where, folder_ / "set/train/ant/5.webp");
  EXPECT_THAT(parts.fix, HasSubstr("option exclude"));
  write_whole(folder_ / "set/out.txt", "5.webp\n");
  EXPECT_EQ(pictures_for_training("out.txt"), 4);
}

}  // namespace
}  // namespace mpq::datasets
