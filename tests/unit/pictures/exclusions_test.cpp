#include "datasets/exclusions.h"

#include <gmock/gmock.h>

#include "core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace mpq::datasets {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

class ExclusionList : public ::testing::Test {
 protected:
  /// What a list with these lines leaves of four pictures.
  std::vector<std::string> left_by(const std::string& lines) const {
    write_whole(list_, lines);
    Exclusions exclusions(list_);
    std::vector<std::string> paths{"d/train/ant/1.png", "d/train/bee/1.png", "d/train/bee/2.png",
                                   "d/val/ant/3.png"};
    exclusions.leave_out(paths, [](const std::string& path) { return path; });
    exclusions.require_all_found();
    return paths;
  }
  ErrorParts complaint(const std::string& lines) const {
    return error_of([&] { left_by(lines); }).parts();
  }

  testing::TempFolder folder_;
  std::string list_ = folder_ / "list.txt";
};

TEST_F(ExclusionList, NamesAPictureByAsMuchOfThePathAsItTakes) {
  EXPECT_THAT(left_by("# bees that are none\n\nbee/1.png\r\n2.png \n"),
              ElementsAre("d/train/ant/1.png", "d/val/ant/3.png"));
  EXPECT_THAT(left_by("d/train/ant/1.png\n"),
              ElementsAre("d/train/bee/1.png", "d/train/bee/2.png", "d/val/ant/3.png"));
}

TEST_F(ExclusionList, ALineThatDoesNotNameOnePictureIsRefused) {
  EXPECT_EQ(complaint("1.png\n").what, "'1.png' names two pictures");
  EXPECT_THAT(complaint("1.png\n").where, HasSubstr("d/train/ant/1.png and d/train/bee/1.png"));
  EXPECT_EQ(complaint("2.png\n7.png\n").what, "'7.png' names no picture of the set");
  EXPECT_EQ(complaint("ng\n").what, "'ng' names no picture of the set") << "a name is not cut";
  EXPECT_EQ(complaint("2.png\n2.png\n").what, "'2.png' is left out for the second time");
}

TEST_F(ExclusionList, NothingAndEverythingAreRefused) {
  EXPECT_EQ(complaint("# nothing\n").what, "the list leaves nothing out");
  EXPECT_EQ(complaint("ant/1.png\nbee/1.png\n2.png\n3.png\n").what, "all pictures of a part are left out");
  EXPECT_EQ(error_of([&] { Exclusions(folder_ / "absent.txt"); }).exit_code(), 2);
}

TEST(Exclusions, OfNoListLeaveEverything) {
  Exclusions none;
  std::vector<std::string> paths{"a"};
  none.leave_out(paths, [](const std::string& path) { return path; });
  none.require_all_found();
  EXPECT_THAT(paths, ElementsAre("a"));
}

}  // namespace
}  // namespace mpq::datasets
