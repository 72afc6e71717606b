// What the build files promise: a build says whether its sources are those of its commit, and a registration that
// cannot be read ends the configuration rather than being passed over.

#include <gmock/gmock.h>

#include <filesystem>

#include "core/file.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace mpq::testing {
namespace {

using ::testing::HasSubstr;

const std::string kSource = MPQ_SOURCE_DIR;

class BuildFiles : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { write_whole(folder_ / name, text); }
  // Within a hook, variables name a repository, and it is not this one.
  Ended run(std::vector<std::string> words) const {
    words.insert(words.begin(), {"env", "-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE"});
    return run_to_end(words, folder_.path(), {{"GIT_CONFIG_GLOBAL", "/dev/null"}});
  }
  void git(std::vector<std::string> words) const {
    words.insert(words.begin(), {"git", "-c", "user.name=test", "-c", "user.email=test@example.org"});
    const auto end = run(words);
    ASSERT_EQ(end.exit_code, 0) << end.err;
  }
  std::string revision() const {
    const auto end = run({"cmake", "-DSOURCE=" + folder_.path(), "-DOUT=" + (folder_ / "ignored/revision.h"),
                          "-P", kSource + "/cmake/revision.cmake"});
    EXPECT_EQ(end.exit_code, 0) << end.err;
    return read_file(folder_ / "ignored/revision.h");
  }
  Ended configure(const std::string& registration) const {
    write("CMakeLists.txt",
          "cmake_minimum_required(VERSION 3.22)\nproject(house NONE)\ninclude(" + kSource +
              "/cmake/MpqLibrary.cmake)\nmpq_registry(entries methods MPQ_REGISTER_METHOD)\n"
              "message(STATUS \"entries: ${entries}\")\n");
    write("one.cpp", registration + "\n");
    return run_to_end({"cmake", "-G", "Ninja", "-S", ".", "-B", "build"}, folder_.path());
  }
  TempFolder folder_;
};

TEST_F(BuildFiles, RevisionSaysWhetherSourcesAreThoseOfTheCommit) {
  if (run_to_end({"git", "--version"}, "/").exit_code != 0) GTEST_SKIP() << "needs git";
  write("one.cpp", "int one;\n");
  write(".gitignore", "ignored/\n");
  git({"init", "--quiet"});
  git({"add", "."});
  git({"commit", "--quiet", "--message", "one"});
  EXPECT_THAT(revision(), HasSubstr("MPQ_DIRTY 0"));
  write("notes.txt", "not a source\n");
  EXPECT_THAT(revision(), HasSubstr("MPQ_DIRTY 0"));
  write("two.cpp", "int two;\n");
  EXPECT_THAT(revision(), HasSubstr("MPQ_DIRTY 1")) << "a source that is not tracked";
  std::filesystem::remove(folder_ / "two.cpp");
  write("one.cpp", "int other;\n");
  EXPECT_THAT(revision(), HasSubstr("MPQ_DIRTY 1")) << "a source that was changed";
}

TEST_F(BuildFiles, RegistrationIsFoundOrRefusedNeverPassedOver) {
  const auto found = configure("MPQ_REGISTER_METHOD(one) {}");
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_THAT(found.out, HasSubstr("/one.cpp;"));
  const auto refused = configure("MPQ_REGISTER_METHOD( one ) {}");
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("expected: MPQ_REGISTER_METHOD(name)"));
}

}  // namespace
}  // namespace mpq::testing
