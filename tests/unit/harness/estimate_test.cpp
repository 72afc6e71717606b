// Estimates against sums done by hand.

#include "harness/estimate.h"

#include <gtest/gtest.h>

#include "tests/support/fake_catalogue.h"

namespace mpq::harness {
namespace {

constexpr double kMacs = testing::kFakeAllMacs;

Plan plan() {
  static const Catalogue catalogue(testing::fake_catalogue("abc"));
  const PlanSources sources{
      [](const Choice&, const Choice&) {
        return NetworkFacts(testing::fake_facts({6, 5, 4, 3, 2}));
      },
      [](const Choice&) { return std::string("data"); }, 1,
      [](const Choice&) {
        return Workload{.train = 1000, .calib = 100, .search = 50, .test = 200, .image_values = 3072};
      }};
  return make_plan(
      read_study(TomlFile::parse("schema = 1\nname = \"s\"\nnetworks = [\"resnet8\"]\nfinal = true\n"
                                 "dataset = { name = \"synthetic\" }\nbudgets = [\"w4a4\"]\n"
                                 "recipe = { epochs = 4 }\n[[method]]\nname = \"lsq\"\n[[method]]\n"
                                 "name = \"rfquant\"\n[[method]]\nname = \"float\"\n",
                                 "s.toml"),
                 catalogue),
      sources);
}

Estimate of(const Plan& p, const std::string& title) {
  for (const auto& stage : p.stages)
    if (stage.title == title) return estimate(stage, p.study);
  ADD_FAILURE() << "no stage " << title;
  return {};
}

TEST(Estimate, CountsImagesAndOperations) {
  const auto p = plan();
  const auto pretrain = of(p, "pretrain resnet8/synthetic/seed=1");
  EXPECT_EQ(pretrain.trained_images, 10 * 1000) << "the recipe's default of ten epochs";
  EXPECT_EQ(pretrain.flop, 6 * kMacs * 10 * 1000) << "a forward pass, and twice as much backward";
  const auto lsq = of(p, "deploy lsq/resnet8/synthetic/w4a4/seed=1");
  EXPECT_EQ(lsq.trained_images, 4 * 1000);
  EXPECT_EQ(lsq.forward_images, 100 + 50) << "recalibration and the final score";
  const auto supernet = of(p, "prepare rfquant/resnet8/synthetic/seed=1");
  EXPECT_EQ(supernet.epochs, 4 * (1 + 3)) << "passes of a step";
  const auto search = of(p, "deploy rfquant/resnet8/synthetic/w4a4/seed=1");
  EXPECT_EQ(search.trained_images, 0);
  EXPECT_EQ(of(p, "evaluate lsq/resnet8/synthetic/w4a4/seed=1 on test").forward_images, 200);
  EXPECT_EQ(of(p, "evaluate lsq/resnet8/synthetic/w4a4/seed=1 on holdout").flop, 2 * kMacs * 50);
  EXPECT_EQ(of(p, "prepare float/resnet8/synthetic/seed=1").flop, 0);
}

// Two sites, five candidates: 4 moves, 16 steps down.
TEST(Estimate, CountsSearchesByTheFactorsOfTheirMethod) {
  auto p = plan();
  for (auto& rows : p.study.methods)
    if (rows.method.name == "rfquant") {
      static CatalogueItem item = *rows.method.item;
      item.facts["search_costs"] = Json::parse(R"([
        {"stage": "deploy", "factors": ["moves", "steps_down", "search_images"], "passes": 1},
        {"stage": "deploy", "factors": ["final_score"], "passes": 3},
        {"stage": "prepare", "factors": ["final_score"], "passes": 7}])");
      rows.method.item = &item;
    }
  for (auto& stage : p.stages)
    if (stage.title.find("rfquant") != std::string::npos && stage.settings.contains("method"))
      stage.settings["method"]["options"]["search_images"] = 10;
  const auto search = of(p, "deploy rfquant/resnet8/synthetic/w4a4/seed=1");
  EXPECT_EQ(search.searched_images, 4 * 16 * 10 + 3 * 150);
  EXPECT_EQ(search.flop, 2 * kMacs * (search.searched_images + search.forward_images));
  EXPECT_EQ(of(p, "prepare rfquant/resnet8/synthetic/seed=1").searched_images, 7 * 150);
  EXPECT_EQ(of(p, "deploy lsq/resnet8/synthetic/w4a4/seed=1").searched_images, 0);
}

TEST(Estimate, MemoryGrowsWithTheBatchAndDiskWithTheWeights) {
  const auto p = plan();
  const auto lsq = of(p, "deploy lsq/resnet8/synthetic/w4a4/seed=1");
  auto doubled = p;
  for (auto& stage : doubled.stages)
    if (stage.settings.contains("recipe")) stage.settings["recipe"]["batch"] = 256;
  const auto larger = of(doubled, "deploy lsq/resnet8/synthetic/w4a4/seed=1");
  EXPECT_EQ(larger.memory_bytes - lsq.memory_bytes, 128 * 100000.0 * 4 * 5)
      << "five copies of what layers put out; the loader's batches were those of evaluation";
  auto calibrated = p;
  for (auto& stage : calibrated.stages) stage.work.calib += 1000;
  const auto more = of(calibrated, "deploy lsq/resnet8/synthetic/w4a4/seed=1");
  EXPECT_EQ(more.memory_bytes - lsq.memory_bytes, 1000 * 3072 * 4.0) << "images of calib";
  EXPECT_GE(lsq.disk_bytes, 78042 * 4.0);
  EXPECT_EQ(lsq.disk_bytes, 78042 * 4.0 + 50 * 36) << "weights, and predictions of the search images";
  EXPECT_EQ(of(p, "evaluate lsq/resnet8/synthetic/w4a4/seed=1 on test").scratch_bytes, 0);
}

TEST(Estimate, SpeedIsThatOfFinishedTraining) {
  const auto p = plan();
  EXPECT_FALSE(measured_flops(p, [](const Stage&) { return std::optional<double>(); }));
  const auto speed = measured_flops(
      p, [](const Stage& stage) { return stage.kind == "pretrain" ? std::optional(20.0) : std::nullopt; });
  ASSERT_TRUE(speed);
  EXPECT_NEAR(*speed, 6 * kMacs * 10 * 1000 / 20, 1);
}

}  // namespace
}  // namespace mpq::harness
