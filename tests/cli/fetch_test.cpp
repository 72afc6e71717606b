// mpq data fetch: a file is got once, continued where an earlier try ended, and held to its MD5. No network:
// the program that downloads is a script of the test, or the real one on a file:// address.

#include <algorithm>

#include "core/hash.h"
#include "tests/cli/mpq_fixture.h"

namespace mpq::testing {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kContent = "what the official place hands out\n";

// Writes down how it was called, appends what --output lacks of the file `official`, or fails as curl does.
const std::string kFakeCurl = R"(#!/bin/sh
echo "$*" >>calls
while [ $# -gt 1 ]; do
  [ "$1" = --output ] && output=$2
  shift
done
if [ -n "$FAKE_CURL_FAILS" ]; then
  echo "curl: (28) Connection timed out after 20001 milliseconds" >&2
  exit 28
fi
[ -f "$output" ] || : >"$output"
tail -c +$(($(wc -c <"$output") + 1)) official >>"$output"
)";

class Fetch : public MpqCli {
 protected:
  Fetch() {
    fs::create_directories(path("d"));
    write("official", kContent);
    write_whole(programs_ / "curl", kFakeCurl);
    fs::permissions(programs_ / "curl", fs::perms::owner_all);
  }
  /// A list of one file, in the working folder or in another.
  void put_list(const std::string& md5, const std::string& url = "https://example.org/archive.bin",
                const std::string& folder = ".") const {
    fs::create_directories(path(folder + "/datasets/fetch"));
    write(folder + "/datasets/fetch/cifar10.toml",
          "[[file]]\nurl = \"" + url + "\"\nname = \"archive.bin\"\nmd5 = \"" + md5 + "\"\n");
  }
  std::string right_md5() const { return md5_file(path("official")); }
  Ended fetch(Environment environment = {}) const {
    environment["PATH"] = programs_.path() + ":/usr/bin:/bin";
    return mpq({"data", "fetch", "cifar10", "--data", "d"}, environment);
  }
  int calls() const {
    if (!fs::exists(path("calls"))) return 0;
    const auto text = read("calls");
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }

  TempFolder programs_;  // on a disk: memory may be mounted so that nothing in it can be run
};

TEST_F(Fetch, AListThatLeadsElsewhereOrHasNoChecksumIsRefused) {
  const auto refused = [&](const std::string& list) {
    fs::create_directories(path("datasets/fetch"));
    write("datasets/fetch/cifar10.toml", list);
    const auto end = fetch();
    EXPECT_EQ(end.exit_code, 2) << end.err;
    return end.err;
  };
  const std::string url = "[[file]]\nurl = \"https://example.org/a\"\n";
  for (const std::string name : {"../../x", "/tmp/x", ""})
    EXPECT_THAT(refused(url + "md5 = \"0\"\nname = \"" + name + "\"\n"),
                HasSubstr("'name' is not a path below the data folder"));
  EXPECT_THAT(refused(url + "name = \"a\"\n"), HasSubstr("a file has no checksum"));
  EXPECT_THAT(refused("file = 3\n"), HasSubstr("a list names no files"));
  EXPECT_EQ(calls(), 0);
}

TEST_F(Fetch, GetsAFileOnceAndHoldsItToItsMd5) {
  put_list(right_md5());
  const auto end = fetch();
  ASSERT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(end.out, "d/archive.bin: whole\n");
  EXPECT_EQ(read("d/archive.bin"), kContent);
  EXPECT_FALSE(fs::exists(path("d/archive.bin.part")));
  EXPECT_THAT(read("calls"),
              AllOf(HasSubstr("--silent --show-error --fail"), HasSubstr("--connect-timeout 20"),
                    HasSubstr("--continue-at - --output d/archive.bin.part"),
                    EndsWith(" https://example.org/archive.bin\n")));
  EXPECT_EQ(fetch().exit_code, 0);
  EXPECT_EQ(calls(), 1) << "what is there is not got again";
}

TEST_F(Fetch, ContinuesWhereAnEarlierTryEnded) {
  put_list(right_md5());
  write("d/archive.bin.part", kContent.substr(0, 7));
  EXPECT_EQ(fetch().exit_code, 0);
  EXPECT_EQ(read("d/archive.bin"), kContent);
}

TEST_F(Fetch, RefusesAFileWithAnotherMd5) {
  put_list("00000000000000000000000000000000");
  const auto end = fetch();
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("the file has MD5 " + right_md5() +
                                 "\n  where:    d/archive.bin\n"
                                 "  expected: 00000000000000000000000000000000\n"
                                 "  fix:      remove it and fetch it again"));
  EXPECT_THAT(end.out, Not(HasSubstr("whole")));
}

TEST_F(Fetch, SaysWhyTheNetworkGaveNothingAndKeepsWhatWasGot) {
  put_list(right_md5());
  write("d/archive.bin.part", kContent.substr(0, 7));
  const auto end = fetch({{"FAKE_CURL_FAILS", "1"}});
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_THAT(end.err,
              AllOf(HasSubstr("did not end well (exit code 28): curl: (28) Connection timed out after 20001"),
                    HasSubstr("where:    https://example.org/archive.bin"),
                    HasSubstr("the same command continues where this one ended")));
  EXPECT_FALSE(fs::exists(path("d/archive.bin")));
  EXPECT_EQ(read("d/archive.bin.part"), kContent.substr(0, 7));
}

TEST_F(Fetch, FindsListsBesideTheProgramWhereTheWorkingFolderHasNone) {
  put_list(right_md5(), "https://example.org/archive.bin", "installed");
  const auto end = fetch({{"MPQ_CATALOGUE", path("installed/catalogue.json")}});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(read("d/archive.bin"), kContent);
  const auto none = fetch({{"MPQ_CATALOGUE", path("elsewhere/catalogue.json")}});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, AllOf(HasSubstr("nothing is known of where 'cifar10' can be had"),
                              HasSubstr("elsewhere/datasets/fetch/cifar10.toml"),
                              HasSubstr("fix:      put the files below d/cifar-10-batches-bin yourself")));
}

TEST_F(Fetch, TheRealProgramGetsAndContinuesAFile) {
  if (!fs::exists("/usr/bin/curl")) GTEST_SKIP() << "needs /usr/bin/curl";
  put_list(right_md5(), "file://" + path("official"));
  write("d/archive.bin.part", kContent.substr(0, 7));
  const auto end = mpq({"data", "fetch", "cifar10", "--data", "d"}, {{"PATH", "/usr/bin:/bin"}});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(read("d/archive.bin"), kContent);
  put_list(right_md5(), "file://" + path("not_there"));
  fs::remove(path("d/archive.bin"));
  const auto failed = mpq({"data", "fetch", "cifar10", "--data", "d"}, {{"PATH", "/usr/bin:/bin"}});
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_THAT(failed.err, HasSubstr("the download did not end well (exit code 37): curl: (37) "));
}

}  // namespace
}  // namespace mpq::testing
