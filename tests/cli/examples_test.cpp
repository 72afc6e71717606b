// What --help shows, tried with the real programs and the real study: an example that does not work is worse
// than none.

#include <gmock/gmock.h>

#include <filesystem>

#include "core/json.h"
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

// A study of the paper's size must be sound before anyone owns its data: what it would cost is known without.
TEST(Studies, AllCanBePlannedWithoutTheirData) {
  const TempFolder folder;
  int seen = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(MPQ_SOURCE_DIR) + "/experiments")) {
    if (entry.path().extension() != ".toml") continue;
    ++seen;
    const auto planned = mpq(
        {"run", entry.path().string(), "--dry-run", "--data", folder.path(), "--store", folder / "store"});
    EXPECT_EQ(planned.exit_code, 0) << entry.path() << planned.err;
    EXPECT_THAT(planned.out, HasSubstr("needs: about ")) << entry.path();
  }
  EXPECT_GE(seen, 12);
}

// MobileNetV2's 300.8 MMACs at 224, less the 900 classes that CIFAR-100 has not: its pictures are
// planned at the size that the study asks for, not at their own.
TEST(Studies, AreCountedAtTheSizeTheyAskFor) {
  const TempFolder folder;
  const auto planned = mpq({"run", "cifar100_mobilenet_v2", "--dry-run", "--json", "--data", folder.path(),
                            "--store", folder / "store", "--only", "float/*/seed=1"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  const auto stages = Json::parse(planned.out).at("stages");
  for (const auto& stage : stages) {
    if (stage.at("kind") != "pretrain") continue;
    EXPECT_NEAR(stage.at("flop").get<double>(), 6 * (300'774'272.0 - 900 * 1280) * 30 * 45'000, 1e6);
  }
}

}  // namespace
}  // namespace mpq::testing
