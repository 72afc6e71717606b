#include "core/error.h"

#include "tests/support/error_of.h"

namespace mpq {
namespace {

using testing::error_of;

TEST(Error, PrintsItsFourParts) {
  const Error error(ErrorKind::input,
                    {"unknown key 'seedz'", "quick.toml:12", "name, seeds", "did you mean 'seeds'?"});
  EXPECT_STREQ(error.what(),
               "error: unknown key 'seedz'\n"
               "  where:    quick.toml:12\n"
               "  expected: name, seeds\n"
               "  fix:      did you mean 'seeds'?");
}

TEST(Error, LeavesOutEmptyParts) {
  EXPECT_STREQ(Error(ErrorKind::interrupted, {"stopped", "", "", "run it again"}).what(),
               "error: stopped\n  fix:      run it again");
}

// A NUL would cut the message off, an escape sequence would reach the terminal; line ends and UTF-8 stay.
TEST(Error, ShowsControlCharactersOfNames) {
  const Error error(ErrorKind::input, {std::string("a\0b\x1b[2J\x7f", 8), "one\ntwo ×", "", "rename it"});
  EXPECT_STREQ(error.what(), "error: a\\x00b\\x1b[2J\\x7f\n  where:    one\ntwo ×\n  fix:      rename it");
  EXPECT_EQ(error.parts().what.size(), 8U) << "the parts are as they were given";
}

TEST(Error, ItsKindIsTheExitCode) {
  EXPECT_EQ(error_of([] { throw_input({}); }).exit_code(), 2);
  EXPECT_EQ(error_of([] { throw_environment({}); }).exit_code(), 3);
  EXPECT_EQ(error_of([] { require(false, "x"); }).exit_code(), 70);
  EXPECT_EQ(Error(ErrorKind::case_failed, {}).exit_code(), 1);
  EXPECT_EQ(Error(ErrorKind::interrupted, {}).exit_code(), 130);
}

TEST(Require, SaysWhatIsBrokenOnlyWhenItIs) {
  EXPECT_NO_THROW(require(true, "sum is right"));
  EXPECT_EQ(error_of([] { require(false, "the sum is wrong"); }).parts().what, "the sum is wrong");
}

TEST(Nearest, FindsTheWordThatWasMeant) {
  const std::vector<std::string> words{"budgets", "name", "networks", "seeds"};
  EXPECT_EQ(nearest("seedz", words), "seeds");
  EXPECT_EQ(nearest("netwroks", words), "networks");
  EXPECT_EQ(nearest("budget", words), "budgets");
  EXPECT_EQ(nearest("seeds", words), "seeds");
}

TEST(Nearest, SuggestsNothingThatIsFarOff) {
  EXPECT_EQ(nearest("temperature", {"budgets", "name"}), "");
  EXPECT_EQ(nearest("name", {}), "");
}

TEST(Join, PutsSeparatorsBetweenAllWords) {
  EXPECT_EQ(join({"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(join({"", "b"}), ", b");
  EXPECT_EQ(join({}), "");
  EXPECT_EQ(join({"a", "b"}, "/"), "a/b");
}

}  // namespace
}  // namespace mpq
