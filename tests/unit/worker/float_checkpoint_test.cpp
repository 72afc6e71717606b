// Where a float network starts from: the same classes, or others with a new head.

#include "worker/float_checkpoint.h"

#include <gmock/gmock.h>

#include <memory>

#include "core/hash.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace mpq::worker {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<models::Network> network(std::int64_t classes, std::uint64_t seed) {
  models::NetworkContext context;
  context.classes = classes, context.seed = seed;
  return models::make_network("resnet8", Json::object(), context);
}

class FloatCheckpoint : public ::testing::Test {
 protected:
  FloatCheckpoint() : source_(network(10, 1)) {
    models::StateDict published;  // as other programs name the classifier
    for (const auto& [name, tensor] : source_->state())
      if (!name.ends_with(".used"))
        published.emplace_back(name.starts_with("fc.") ? "linear." + name.substr(3) : name, tensor);
    models::write_safetensors(path_, published);
  }
  void load(models::Network& into, bool new_head) {
    load_float_checkpoint(into, "resnet8", {path_, sha256_file(path_), new_head});
  }
  testing::TempFolder folder_;
  std::string path_ = folder_ / "w.safetensors";
  std::unique_ptr<models::Network> source_;
};

TEST_F(FloatCheckpoint, GivesEveryTensor) {
  const auto target = network(10, 2);
  load(*target, false);
  const auto ours = target->state(), theirs = source_->state();
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(torch::equal(ours[i].second, theirs[i].second)) << ours[i].first;
}

TEST_F(FloatCheckpoint, OfOtherClassesGivesTheTrunkAlone) {
  const auto target = network(37, 2);
  const auto before = target->state();
  EXPECT_THAT(testing::error_of([&] { load(*target, false); }).what(), HasSubstr("fc.weight"));
  load(*target, true);
  const auto ours = target->state(), theirs = source_->state();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const bool head = ours[i].first.starts_with("fc.");
    EXPECT_TRUE(torch::equal(ours[i].second, (head ? before : theirs)[i].second)) << ours[i].first;
  }
}

TEST_F(FloatCheckpoint, ThatHasChangedIsRefused) {
  const auto target = network(10, 2);
  EXPECT_THAT(testing::error_of([&] {
                load_float_checkpoint(*target, "resnet8", {path_, std::string(64, '0')});
              }).what(),
              HasSubstr("has changed since the study was planned"));
}

TEST_F(FloatCheckpoint, WithoutTheWantedDictionaryIsRefused) {
  const auto target = network(10, 2);
  EXPECT_THAT(testing::error_of([&] {
                load_float_checkpoint(*target, "resnet8", {path_, sha256_file(path_), false, "ema"});
              }).what(),
              HasSubstr("the checkpoint has no weight dictionary"));
}

}  // namespace
}  // namespace mpq::worker
