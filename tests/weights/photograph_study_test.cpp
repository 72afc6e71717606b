// The committed study on photographs, through the real programs: published weights, and the same at 8 bits.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "core/file.h"
#include "results/store.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace mpq::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kSecondsForTheStudy = 900;
constexpr int kTolerance = 2;  // photographs, of the 206 that the data's README counts
constexpr int kTwoPoints = 5;  // of 250 photographs: what 8 bits may cost

/// Photographs of the test part whose best class is their own.
std::int64_t right(const results::StageRecord& record) {
  const auto label = record.arrays.at("/predictions/test/label").as<std::int32_t>();
  const auto top5 = record.arrays.at("/predictions/test/top5").as<std::int32_t>();
  std::int64_t count = 0;
  for (std::size_t i = 0; i < label.size(); ++i) count += top5.at(5 * i) == label[i];
  return count;
}

/// Method → photographs it gets right, from the evaluations of the test part that a store holds.
std::map<std::string, std::int64_t> right_by_method(const results::Store& store) {
  std::map<std::string, std::int64_t> found;
  for (const auto& key : store.finished_keys()) {
    const auto record = results::read_stage_file(store.stage_path(key), "/predictions");
    if (record.summary.at("kind") != "evaluate" || !record.arrays.contains("/predictions/test/top5"))
      continue;
    const std::string deploy = record.settings.at("parents").at("deploy");
    const auto settings = results::read_stage_file(store.stage_path(deploy), "none").settings;
    found[settings.at("method").at("name").get<std::string>()] = right(record);
  }
  return found;
}

TEST(PhotographStudy, EightBitsCostMobileNetV2AtMostTwoPoints) {
  const char* data = std::getenv("MPQ_DATA");
  if (data == nullptr || !fs::exists(fs::path(data) / "imagenet-sample/val") ||
      !fs::exists(fs::path(data) / "mobilenetv2/mobilenetv2-7-bnfolded.th"))
    GTEST_SKIP() << "needs MPQ_DATA with mobilenetv2 and imagenet-sample";
  auto study = read_file(std::string(MPQ_SOURCE_DIR) + "/experiments/imagenet_ptq.toml");
  const std::string budgets = "[\"w8a8\", \"w7a7\", \"w6a6\", \"w5a5\", \"w4a4\"]";
  const auto at = study.find(budgets);
  ASSERT_NE(at, std::string::npos) << "the study names other budgets now";
  study.replace(at, budgets.size(), "[\"w8a8\"]");  // the others take three minutes more
  const TempFolder folder;
  write_whole(folder / "study.toml", study);
  const auto mpq = std::string(MPQ_BINARY_DIR) + "/bin/mpq";
  const auto ended = Program({mpq, "run", "study.toml", "--store", "store", "--data", data}, folder.path())
                         .wait(kSecondsForTheStudy);
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const auto found = right_by_method(results::Store(folder / "store"));
  ASSERT_TRUE(found.contains("float") && found.contains("ptq_mse")) << found.size() << " methods";
  EXPECT_NEAR(static_cast<double>(found.at("float")), 206, kTolerance);
  EXPECT_GE(found.at("ptq_mse"), found.at("float") - kTwoPoints);
}

}  // namespace
}  // namespace mpq::testing
