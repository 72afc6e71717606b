#include "analysis/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_folder.h"

namespace mpq::analysis {
namespace {

using mpq::testing::build_fake_store;
using mpq::testing::FakeMethod;
using mpq::testing::FakeStudy;
using mpq::testing::TempFolder;
using Status = CaseResult::Status;
using ::testing::HasSubstr;

struct Fixture {
  TempFolder folder{TempFolder::Place::memory};
  results::Store store{folder / "store"};
};

FakeStudy one_of_each() {
  FakeStudy study;
  study.budgets = {{"w3a3", 3}};
  study.images = 40;
  study.methods = {{"Float", "float", FakeMethod::Family::float_network, 0.9},
                   {"LSQ", "lsq"},
                   {"PACT", "pact", FakeMethod::Family::fixed, 0.8, "needs unsigned inputs"},
                   {"NaN", "nan", FakeMethod::Family::fixed, 0.8, "", "loss is NaN"},
                   {"Later", "later", FakeMethod::Family::fixed, 0.8, "", "", true}};
  return study;
}

TEST(Collect, GivesEveryCaseAStatusAndItsReason) {
  const Fixture f;
  const auto data = collect(f.store, build_fake_store(f.store, one_of_each()));
  ASSERT_EQ(data.cases.size(), 5U);
  EXPECT_EQ(data.cases[0].status, Status::done);
  EXPECT_EQ(data.cases[1].status, Status::done);
  EXPECT_EQ(data.cases[2].status, Status::unsupported);
  EXPECT_EQ(data.cases[2].reason, "needs unsigned inputs");
  EXPECT_EQ(data.cases[3].status, Status::failed);
  EXPECT_EQ(data.cases[3].reason, "deploy: loss is NaN (train, step 17)");
  EXPECT_EQ(data.cases[4].status, Status::missing);
  EXPECT_EQ(data.cases[4].reason, "prepare has not been run");
}

TEST(Collect, ReadsPredictionsCostsAndWidths) {
  const Fixture f;
  const auto data = collect(f.store, build_fake_store(f.store, one_of_each()));
  const auto& lsq = data.cases[1];
  EXPECT_EQ(lsq.predictions.at("holdout").size(), 40U);
  ASSERT_TRUE(lsq.deployment);
  EXPECT_EQ(lsq.deployment->weight_bits, (std::vector<std::int64_t>{8, 3, 3, 3, 3, 3, 3, 8}));
  EXPECT_EQ(lsq.deployment->executed_act_bits.front(), 32);
  EXPECT_EQ(lsq.deployment->achieved_bitops, *lsq.requested_bitops);
  EXPECT_EQ(lsq.deployment->convention, "ends_8x8");
  EXPECT_FALSE(lsq.deployment->is_float);
  EXPECT_TRUE(data.cases[0].deployment->is_float);
  EXPECT_EQ(data.stages.at(lsq.deploy_key).costs.at("retrain").optimizer_steps, 468);
  EXPECT_EQ(data.stages.at(lsq.deploy_key).threads, 2);
}

TEST(Collect, CallsADamagedFileByItsNameAndGoesOn) {
  const Fixture f;
  const auto plan = build_fake_store(f.store, one_of_each());
  const auto key = plan["cases"][1]["evaluate"]["holdout"].get<std::string>();
  std::filesystem::resize_file(f.store.stage_path(key), 4000);
  const auto data = collect(f.store, plan);
  EXPECT_EQ(data.cases[1].status, Status::damaged);
  EXPECT_THAT(data.cases[1].reason, HasSubstr(key));
  EXPECT_EQ(data.cases[0].status, Status::done);
  EXPECT_TRUE(data.cases[1].predictions.empty());
}

TEST(Collect, CallsAStageOfAnotherShapeDamaged) {
  const Fixture f;
  const auto plan = build_fake_store(f.store, one_of_each());
  const auto deploy = f.store.stage_path(plan["cases"][1]["deploy"]),
             evaluate = f.store.stage_path(plan["cases"][0]["evaluate"]["holdout"]);
  auto record = results::read_stage_file(deploy);
  record.arrays["/sites/weight_bits"] = Array::of(std::vector<float>{1, 2});
  results::write_stage_file(deploy, record);
  record = results::read_stage_file(evaluate);
  record.arrays.erase("/predictions/holdout/label");
  results::write_stage_file(evaluate, record);
  const auto data = collect(f.store, plan);
  EXPECT_EQ(data.cases[0].status, Status::damaged);
  EXPECT_EQ(data.cases[1].status, Status::damaged);
}

TEST(Collect, KeepsWhatIsThereOfAnUnfinishedCase) {
  const Fixture f;
  auto study = one_of_each();
  study.splits = {"holdout", "test"};
  const auto plan = build_fake_store(f.store, study);
  std::filesystem::remove(f.store.stage_path(plan["cases"][1]["evaluate"]["test"]));
  const auto data = collect(f.store, plan);
  EXPECT_EQ(data.cases[1].status, Status::missing);
  EXPECT_EQ(data.cases[1].reason, "evaluate on test has not been run");
  EXPECT_TRUE(data.cases[1].predictions.contains("holdout"));
}

TEST(Collect, RefusesWhatIsNotAPlan) {
  const Fixture f;
  for (const auto& plan : {Json(), Json(3), Json({{"name", "x"}}), Json({{"cases", Json::array()}})})
    EXPECT_THROW(collect(f.store, plan), Error) << plan;
  EXPECT_EQ(collect(f.store, {{"name", "x"}, {"cases", {1, "y", Json::object()}}}).cases.size(), 3U);
}

TEST(Collect, DoesNotFollowKeysOutOfTheStore) {
  const Fixture f;
  const auto data =
      collect(f.store, {{"name", "x"}, {"cases", {{{"id", "a"}, {"deploy", "../../../etc/passwd"}}}}});
  EXPECT_EQ(data.cases[0].status, Status::damaged);
  EXPECT_THAT(data.cases[0].reason, HasSubstr("is not the key of a stage"));
}

}  // namespace
}  // namespace mpq::analysis
