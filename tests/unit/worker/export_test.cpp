// A stage's weights as a file that other programs read.

#include "worker/export.h"

#include <gmock/gmock.h>

#include "core/file.h"
#include "core/hash.h"
#include "methods/task.h"
#include "models/checkpoint.h"
#include "results/store.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"
#include "worker/float_checkpoint.h"

namespace mpq::worker {
namespace {

using ::testing::HasSubstr;

class Export : public ::testing::Test {
 protected:
  /// Stores a deploy stage with these tensors and returns its key.
  std::string store_stage(const models::StateDict& tensors) {
    const results::Store store(folder_ / "store");
    results::StageRecord record;
    record.settings = {{"kind", "deploy"}, {"network", {{"name", "n"}}}, {"dataset", {{"name", "d"}}}};
    record.summary = {{"kind", "deploy"},
                      {"status", "done"},
                      {"policy", {{"weight_bits", {4}}, {"act_bits", {3}}, {"sites", {"a"}}}}};
    for (const auto& [name, tensor] : tensors) record.arrays["/tensors/" + name] = methods::to_array(tensor);
    const auto key = results::Store::key_of(record.settings);
    make_folders(store.stage_folder(key));
    results::write_stage_file(store.stage_path(key), record);
    return key;
  }
  void export_stage(const std::string& key) {
    export_weights({{"store", folder_ / "store"},
                    {"key", key},
                    {"out", folder_ / "w.safetensors"},
                    {"metadata", {{"study", "quick"}, {"case", "c"}}}});
  }
  testing::TempFolder folder_;
};

TEST_F(Export, KeepsEveryTensorAndSaysWhatItIs) {
  const models::StateDict tensors{{"a.weight", torch::randn({2, 3, 3, 3})},
                                  {"b.num_batches_tracked", torch::tensor({5}, torch::kInt64)}};
  const auto key = store_stage(tensors);
  export_stage(key);
  const auto read = models::read_checkpoint(folder_ / "w.safetensors");
  ASSERT_EQ(read.tensors.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.tensors[i].first, tensors[i].first);
    EXPECT_TRUE(torch::equal(read.tensors[i].second, tensors[i].second));
  }
  EXPECT_EQ(read.metadata.at("study"), "quick");
  EXPECT_EQ(read.metadata.at("stage"), key);
  EXPECT_EQ(Json::parse(read.metadata.at("policy").get<std::string>()).at("weight_bits"), Json({4}));
}

TEST_F(Export, OfAFloatNetworkIsReadBack) {
  models::NetworkContext context;
  context.classes = 10, context.seed = 1;
  const auto source = models::make_network("resnet8", Json::object(), context);
  export_stage(store_stage(source->state()));
  context.seed = 2;
  const auto target = models::make_network("resnet8", Json::object(), context);
  const auto path = folder_ / "w.safetensors";
  load_float_checkpoint(*target, "resnet8", {path, sha256_file(path)});
  const auto ours = target->state(), theirs = source->state();
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(torch::equal(ours[i].second, theirs[i].second)) << ours[i].first;
}

TEST_F(Export, OfAStageWithoutWeightsIsRefused) {
  const auto key = store_stage({});
  EXPECT_THAT(testing::error_of([&] { export_stage(key); }).what(), HasSubstr("the stage keeps no weights"));
}

}  // namespace
}  // namespace mpq::worker
