// What --help shows, tried with the real programs and the real study: an example that does not work is worse
// than none.

#include <gmock/gmock.h>

#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace mpq::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kSeconds = 60;

Ended mpq(std::vector<std::string> words) {
  words.insert(words.begin(), std::string(MPQ_BINARY_DIR) + "/bin/mpq");
  return Program(words, MPQ_SOURCE_DIR).wait(kSeconds);
}

TEST(HelpExamples, NameCasesThatTheQuickStudyHas) {
  const TempFolder folder;
  EXPECT_THAT(mpq({"run", "--help"}).out,
              HasSubstr("mpq run quick --only lsq/resnet8 --only 'rfquant/*/seed=1'"));
  const auto planned = mpq({"run", "quick", "--dry-run", "--only", "lsq/resnet8", "--only",
                            "rfquant/*/seed=1", "--store", folder / "store"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  for (const std::string id : {"lsq/resnet8/synthetic/w3a3/seed=1", "rfquant/resnet8/synthetic/w4a4/seed=1"})
    EXPECT_THAT(planned.out, HasSubstr(id));
  EXPECT_THAT(planned.out, ::testing::Not(HasSubstr("hawq/")));
}

}  // namespace
}  // namespace mpq::testing
