// Float weights from a file, through the real programs: what fits is used as it is, what does not is refused
// before anything is computed.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/file.h"
#include "models/registry.h"
#include "results/store.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/models_checkpoint/pickle_writer.h"

namespace mpq::testing {
namespace {

constexpr int kSecondsForOneRun = 120;

class CheckpointStudy : public ::testing::Test {
 protected:
  Ended run(const std::string& checkpoint, const std::string& more = "") const {
    write_whole(folder_ / "study.toml", "schema = 1\nname = \"start\"\ndataset = { name = \"synthetic\" }\n" +
                                            more + "[[network]]\nname = \"" + network_ +
                                            "\"\ncheckpoint = \"" + checkpoint +
                                            "\"\n[[method]]\nname = \"float\"\n");
    return Program({std::string(MPQ_BINARY_DIR) + "/bin/mpq", "run", "study.toml", "--store", "store"},
                   folder_.path())
        .wait(kSecondsForOneRun);
  }
  models::StateDict weights(const std::string& network, std::int64_t classes = 10,
                            const Json& options = Json::object()) const {
    models::NetworkContext context;
    context.classes = classes, context.seed = 7;
    models::StateDict kept;
    for (auto& [name, tensor] : models::make_network(network, options, context)->state())
      if (!name.ends_with(".used")) kept.emplace_back(name, tensor);
    return kept;
  }
  bool nothing_was_stored() const { return results::Store(folder_ / "store").finished_keys().empty(); }

  TempFolder folder_;
  std::string network_ = "resnet8";
};

TEST_F(CheckpointStudy, WeightsThatFitAreUsedAsTheyAre) {
  const auto given = weights("resnet8");
  models::write_safetensors(folder_ / "given.safetensors", given);
  const auto ended = run("given.safetensors");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const results::Store store(folder_ / "store");
  int seen = 0;
  for (const auto& key : store.finished_keys()) {
    const auto record = results::read_stage_file(store.stage_path(key));
    if (record.summary.at("kind") == "deploy") {
      EXPECT_TRUE(record.arrays.contains("/predictions/search/top5")) << "the final score on search";
    }
    if (record.summary.at("kind") != "pretrain") continue;
    ++seen;
    for (const auto& [name, tensor] : given) {
      const auto& stored = record.arrays.at("/tensors/" + name);
      const auto bytes = tensor.contiguous();
      ASSERT_EQ(stored.bytes.size(), static_cast<std::size_t>(bytes.nbytes())) << name;
      EXPECT_EQ(std::memcmp(stored.bytes.data(), bytes.data_ptr(), stored.bytes.size()), 0) << name;
    }
  }
  EXPECT_EQ(seen, 1);
}

TEST_F(CheckpointStudy, GivenEpochsTrainOnFromIt) {
  const auto given = weights("resnet8");
  models::write_safetensors(folder_ / "given.safetensors", given);
  const auto ended = run("given.safetensors", "pretrain = { epochs = 1, lr = 1e-6, warmup_lr = 1e-6 }\n");
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  const results::Store store(folder_ / "store");
  int seen = 0;
  for (const auto& key : store.finished_keys()) {
    const auto record = results::read_stage_file(store.stage_path(key));
    if (record.summary.at("kind") != "pretrain") continue;
    ++seen;
    const auto& [name, before] = given.front();  // a rate so low that it stays close to where it began
    auto bytes = record.arrays.at("/tensors/" + name).bytes;
    const auto after = torch::from_blob(bytes.data(), before.sizes(), torch::kFloat32);
    EXPECT_TRUE(at::allclose(after, before.contiguous(), 0, 1e-3)) << name;
    EXPECT_FALSE(at::equal(after, before.contiguous())) << name;
  }
  EXPECT_EQ(seen, 1);
}

// Drawn weights guess one of ten classes; that is what is recorded first, and what is not second.
TEST_F(CheckpointStudy, TheFloatGateStopsWhatDoesNotReachItsRecordedAccuracy) {
  models::write_safetensors(folder_ / "given.safetensors", weights("resnet8"));
  auto ended = run("given.safetensors\"\nrecorded_top1 = 93.5\nlabel = \"other");
  EXPECT_EQ(ended.exit_code, 2) << ended.err;
  for (const char* part : {"% of the test part right", "93.50 % within 0.25 points", "given.safetensors"})
    EXPECT_NE(ended.err.find(part), std::string::npos) << ended.err;
  EXPECT_TRUE(nothing_was_stored());

  const auto at = ended.err.find("the float network gets ");
  ASSERT_NE(at, std::string::npos);
  const auto reached = std::stod(ended.err.substr(at + std::string("the float network gets ").size()));
  ended = run("given.safetensors\"\nrecorded_top1 = " + std::to_string(reached) + "\nlabel = \"same");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_F(CheckpointStudy, WeightsOfAnotherNetworkAreRefusedWithEveryNameBeforeAnyWork) {
  models::write_safetensors(folder_ / "large.safetensors", weights("resnet20"));
  const auto ended = run("large.safetensors");
  EXPECT_EQ(ended.exit_code, 2);
  for (const char* name : {"large.safetensors", "layer1.1.conv1.weight", "layer3.2.bn2.running_var",
                           "where:", "expected:", "fix:"})
    EXPECT_NE(ended.err.find(name), std::string::npos) << name << " in\n" << ended.err;
  EXPECT_TRUE(nothing_was_stored());
}

TEST_F(CheckpointStudy, WeightsOfAnotherWidthAreRefusedWithBothShapes) {
  network_ = "mobilenet_v1";
  models::write_safetensors(folder_ / "narrow.safetensors", weights(network_, 10, {{"width", 0.25}}));
  const auto ended = run("narrow.safetensors");
  EXPECT_EQ(ended.exit_code, 2);
  for (const char* part : {"narrow.safetensors", "[8, 3, 3, 3]", "[32, 3, 3, 3]"})
    EXPECT_NE(ended.err.find(part), std::string::npos) << part << " in\n" << ended.err;
  EXPECT_TRUE(nothing_was_stored());
}

TEST_F(CheckpointStudy, AHeadOfAnotherNumberOfClassesIsRefusedWithBothShapes) {
  models::write_safetensors(folder_ / "head.safetensors", weights("resnet8", 100));
  const auto ended = run("head.safetensors");
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_NE(ended.err.find("fc.weight"), std::string::npos) << ended.err;
  EXPECT_TRUE(nothing_was_stored());
}

TEST_F(CheckpointStudy, APickleThatNamesAFunctionIsRefusedAndNothingIsExecuted) {
  const auto witness = folder_ / "executed";
  LegacyFile hostile{global("os", "system") + tuple(text("touch " + witness)) + "R"};
  write_whole(folder_ / "hostile.th", hostile.str());
  const auto ended = run("hostile.th");
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_NE(ended.err.find("'os.system'"), std::string::npos) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(witness));
  EXPECT_TRUE(nothing_was_stored());
}

TEST_F(CheckpointStudy, AMissingFileIsNamedWithItsLine) {
  const auto ended = run("nowhere.th");
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_NE(ended.err.find("nowhere.th"), std::string::npos);
  EXPECT_NE(ended.err.find("study.toml:"), std::string::npos) << ended.err;
}

}  // namespace
}  // namespace mpq::testing
