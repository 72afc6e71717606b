// What a plan promises: stages named by their content alone, shared wherever two cases need the same.

#include "harness/plan.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "tests/support/fake_catalogue.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/harness/catalogue.h"

namespace mpq::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSubsetOf;

const std::string kHead =
    "schema = 1\nname = \"q\"\nnetworks = [\"resnet8\"]\ndataset = { name = \"synthetic\" }\n";
const std::string kMethods =
    "[[method]]\nname = \"float\"\n[[method]]\nname = \"lsq\"\n[[method]]\nname = \"rfquant\"\n";

Plan plan(const std::string& text, const std::string& fingerprint = "data") {
  const PlanSources sources{[](const Choice&, const Choice&) {
                              return NetworkFacts(testing::fake_facts({6, 5, 4, 3, 2}));
                            },
                            [&](const Choice&) { return fingerprint; }, 1};
  return make_plan(read_study(TomlFile::parse(text, "q.toml"), catalogue()), sources);
}

std::vector<std::string> keys(const Plan& plan, const std::string& kind = "") {
  std::vector<std::string> all;
  for (const auto& stage : plan.stages)
    if (kind.empty() || stage.kind == kind) all.push_back(stage.key);
  std::sort(all.begin(), all.end());
  return all;
}

std::string complaint(const std::string& text) {
  try {
    plan(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::input);
    return e.what();
  }
  return "no error";
}

TEST(Plan, OneFloatNetworkAndOneSupernetServeAllRows) {
  const auto p = plan(kHead + "budgets = [\"w3a3\", \"w4a4\", \"w5a5\"]\n" + kMethods);
  EXPECT_EQ(p.cases.size(), 7u) << "float once, two methods at three budgets";
  EXPECT_EQ(keys(p, "pretrain").size(), 1u);
  EXPECT_EQ(keys(p, "prepare").size(), 3u) << "one for each method, whatever the budgets";
  EXPECT_EQ(keys(p, "deploy").size(), 7u);
  EXPECT_EQ(keys(p, "evaluate").size(), 7u);
  for (const auto& row : p.cases) EXPECT_EQ(row.float_key, keys(p, "pretrain")[0]);
}

TEST(Plan, AnOptionOfDeployLeavesWhatPrepareLearnedShared) {
  const std::string row = "[[method]]\nname = \"rfquant\"\nlabel = ";
  const auto p = plan(kHead + "budgets = [\"w3a3\"]\n" + row + "\"greedy\"\n" + row +
                      "\"random\"\noptions = { search = \"random\" }\n" + row +
                      "\"more passes\"\noptions = { random_passes = 4 }\n");
  ASSERT_EQ(p.cases.size(), 3u);
  EXPECT_EQ(p.cases[0].prepare_key, p.cases[1].prepare_key);
  EXPECT_NE(p.cases[0].deploy_key, p.cases[1].deploy_key);
  EXPECT_NE(p.cases[0].prepare_key, p.cases[2].prepare_key);
  const auto& options = p.stages[p.stage_index(p.cases[1].prepare_key)].settings.at("method").at("options");
  EXPECT_EQ(options, Json({{"random_passes", 3}}));
}

TEST(Plan, TwoLabelsOfOneSettingShareEverything) {
  const auto p = plan(kHead +
                      "budgets = [\"w3a3\"]\n[[method]]\nname = \"lsq\"\nlabel = \"a\"\n[[method]]\nname = "
                      "\"lsq\"\nlabel = \"b\"\n");
  EXPECT_EQ(p.cases.size(), 2u);
  EXPECT_EQ(p.stages.size(), 4u);
}

TEST(Plan, ASeedOfARowLeavesTheFloatNetworkAlone) {
  const auto p = plan(kHead + "budgets = [\"w3a3\"]\nseeds = [1, 2, 3]\n[[method]]\nname = \"lsq\"\n");
  EXPECT_EQ(keys(p, "pretrain").size(), 1u);
  EXPECT_EQ(keys(p, "prepare").size(), 3u);
}

TEST(Plan, ParentsComeFirst) {
  const auto p = plan(kHead + "budgets = [\"w3a3\", \"w4a4\"]\nseeds = [1, 2]\nfinal = true\n" + kMethods);
  for (std::size_t i = 0; i < p.stages.size(); ++i)
    for (const auto parent : p.stages[i].parents) EXPECT_LT(parent, i) << p.stages[i].title;
}

TEST(Plan, SettingsAreExactlyWhatTheWorkerIsPromised) {
  const auto p =
      plan(kHead + "budgets = [\"w3a3\"]\nthreads = 2\n[pretrain]\nseed = 5\n[[method]]\nname = \"lsq\"\n");
  const auto& pretrain = p.stages[0].settings;
  const auto& prepare = p.stages[1].settings;
  const auto& deploy = p.stages[2].settings;
  const auto& evaluate = p.stages[3].settings;
  EXPECT_EQ(pretrain,
            Json::parse(R"({"kind":"pretrain","core_revision":1,"numerics":"exact","threads":2,"device":"cpu",
    "network":{"name":"resnet8","revision":1,"options":{"width":16}},
    "seed":5,"recipe":{"epochs":10,"lr":0.1,"schedule":"step"},"parents":{}})")
                .patch(Json::parse(R"([{"op":"add","path":"/dataset","value":0}])"))
                .patch(Json::array(
                    {{{"op", "replace"}, {"path", "/dataset"}, {"value", pretrain.at("dataset")}}})));
  EXPECT_EQ(pretrain["dataset"]["fingerprint"], "data");
  EXPECT_EQ(
      prepare["method"],
      Json::parse(
          R"({"name":"lsq","revision":1,"options":{"gradient_scale":true,"weight_bits":[],"act_bits":[]}})"));
  EXPECT_EQ(prepare["parents"], Json({{"float", p.stages[0].key}}));
  EXPECT_EQ(prepare["candidates"], Json::parse("[6,5,4,3,2]"));
  EXPECT_FALSE(prepare.contains("budget"));
  EXPECT_FALSE(prepare.contains("convention"));
  EXPECT_EQ(deploy["parents"], Json({{"float", p.stages[0].key}, {"prepare", p.stages[1].key}}));
  // 64 · 443,008 for the ends + 3 · 3 · 4,718,592 for the two sites between them
  EXPECT_EQ(deploy["budget"], Json::parse(R"({"bitops":70819840,"convention":"ends_8x8"})"));
  EXPECT_EQ(evaluate["parents"], Json({{"deploy", p.stages[2].key}}));
  EXPECT_EQ(evaluate["splits"], Json::parse(R"(["holdout"])"));
  EXPECT_FALSE(evaluate.contains("recipe"));
  EXPECT_FALSE(evaluate.contains("method"));
}

TEST(Plan, ACheckpointCountsByItsContentAndIsNotTrainedUnlessAsked) {
  const testing::TempFolder folder;
  const auto with_file = [&](const std::string& content, const std::string& more) {
    write_whole(folder / "w.th", content);
    const auto text =
        "schema = 1\nname = \"q\"\ndataset = { name = \"synthetic\" }\n" + more +
        "[[network]]\nname = \"resnet8\"\ncheckpoint = \"w.th\"\n[[method]]\nname = \"float\"\n";
    const PlanSources sources{[](const Choice&, const Choice&) {
                                return NetworkFacts(testing::fake_facts({6, 2}));
                              },
                              [](const Choice&) { return "data"; }, 1};
    return make_plan(read_study(TomlFile::parse(text, folder / "q.toml"), catalogue()), sources).stages[0];
  };
  const auto start = with_file("weights", "");
  EXPECT_EQ(start.settings["checkpoint"], sha256("weights"));
  EXPECT_EQ(start.settings["recipe"]["epochs"], 0);
  EXPECT_EQ(start.checkpoint, std::filesystem::canonical(folder / "w.th").string());
  EXPECT_NE(with_file("others", "").key, start.key);
  EXPECT_EQ(with_file("weights", "pretrain = { epochs = 3 }\n").settings["recipe"]["epochs"], 3);
  EXPECT_FALSE(start.settings.contains("recorded_top1"));
}

TEST(Plan, ARecordedAccuracyNeedsACheckpointAndEntersItsKey) {
  const testing::TempFolder folder;
  write_whole(folder / "w.th", "weights");
  const auto stages_with = [&](const std::string& network) {
    const auto text =
        "schema = 1\nname = \"q\"\ndataset = { name = \"synthetic\" }\n[[network]]\nname = \"resnet8\"\n" +
        network + "[[method]]\nname = \"float\"\n";
    const PlanSources sources{[](const Choice&, const Choice&) {
                                return NetworkFacts(testing::fake_facts({6, 2}));
                              },
                              [](const Choice&) { return "data"; }, 1};
    return make_plan(read_study(TomlFile::parse(text, folder / "q.toml"), catalogue()), sources).stages;
  };
  const auto with = stages_with("checkpoint = \"w.th\"\nrecorded_top1 = 91.73\n");
  EXPECT_EQ(with[0].settings["recorded_top1"], 91.73);
  EXPECT_NE(with[0].key, stages_with("checkpoint = \"w.th\"\n")[0].key);
  for (const std::string wrong : {"recorded_top1 = 91.73\n", "checkpoint = \"w.th\"\nrecorded_top1 = 917.3\n",
                                  "checkpoint = \"w.th\"\nrecorded_top1 = \"91\"\n"})
    EXPECT_THROW(stages_with(wrong), Error) << wrong;
}

// Written down once: a change of keys makes every store of every user worthless, so it must be meant.
TEST(PlanGolden, KeysAreStable) {
  const auto p = plan(kHead + "budgets = [\"w3a3\"]\n[[method]]\nname = \"lsq\"\n");
  auto settings = p.stages[0].settings;
  settings["dataset"] = "fixed here: the options of the real data set may grow";
  EXPECT_EQ(
      canonical(settings),
      R"({"core_revision":1,"dataset":"fixed here: the options of the real data set may grow","device":"cpu",)"
      R"("kind":"pretrain","network":{"name":"resnet8","options":{"width":16},"revision":1},"numerics":"exact",)"
      R"("parents":{},"recipe":{"epochs":10,"lr":0.1,"schedule":"step"},"seed":1,"threads":1})");
}

TEST(PlanProperty, OrderOfBudgetsMethodsAndSeedsIsIrrelevantForKeys) {
  const auto one = plan(kHead + "budgets = [\"w3a3\", \"w4a4\"]\nseeds = [1, 2]\n" + kMethods);
  const auto other = plan(kHead +
                          "budgets = [\"w4a4\", \"w3a3\"]\nseeds = [2, 1]\n[[method]]\nname = \"rfquant\"\n"
                          "[[method]]\nname = \"lsq\"\n[[method]]\nname = \"float\"\n");
  EXPECT_EQ(keys(one), keys(other));
}

TEST(PlanProperty, SpellingOutADefaultChangesNoKey) {
  const auto p = plan(kHead + "budgets = [\"w3a3\"]\n[[method]]\nname = \"lsq\"\n");
  const auto spelled =
      plan(kHead +
           "budgets = [\"w3a3\"]\nthreads = 1\nconvention = \"ends_8x8\"\n[recipe]\nlr = 0.1\n"
           "[[method]]\nname = \"lsq\"\nlabel = \"another\"\noptions = { gradient_scale = true }\n");
  EXPECT_EQ(keys(p), keys(spelled));
}

TEST(PlanProperty, EverySettingThatMattersChangesTheKeysThatDependOnIt) {
  const std::string tail = "[[method]]\nname = \"lsq\"\n";
  const auto base = keys(plan(kHead + "budgets = [\"w3a3\"]\n" + tail));
  const auto changed = [&](const Plan& p) {
    std::vector<std::string> common;
    const auto now = keys(p);
    std::set_intersection(base.begin(), base.end(), now.begin(), now.end(), std::back_inserter(common));
    return base.size() - common.size();
  };
  EXPECT_EQ(changed(plan(kHead + "budgets = [\"w4a4\"]\n" + tail)), 2u) << "deploy, evaluate";
  EXPECT_EQ(changed(plan(kHead + "budgets = [\"w3a3\"]\nseeds = [2]\n" + tail)), 3u)
      << "prepare, deploy, evaluate";
  EXPECT_EQ(changed(plan(kHead + "budgets = [\"w3a3\"]\nthreads = 2\n" + tail)), 4u);
  EXPECT_EQ(changed(plan(kHead + "budgets = [\"w3a3\"]\n" + tail, "other data")), 4u);
  EXPECT_EQ(changed(plan(kHead + "budgets = [\"w3a3\"]\n[pretrain]\nepochs = 3\n" + tail)), 4u);
  EXPECT_EQ(changed(plan(kHead + "budgets = [\"w3a3\"]\n[recipe]\nepochs = 3\n" + tail)), 3u);
}

TEST(Plan, FinalAddsTestStagesAndChangesNothingElse) {
  const auto open = plan(kHead + "budgets = [\"w3a3\"]\n" + kMethods);
  const auto closed = plan(kHead + "budgets = [\"w3a3\"]\nfinal = true\n" + kMethods);
  EXPECT_THAT(keys(open), IsSubsetOf(keys(closed)));
  EXPECT_EQ(closed.stages.size(), open.stages.size() + open.cases.size());
  EXPECT_TRUE(closed.cases[0].evaluate_keys.contains("test"));
}

TEST(Plan, RefusesABudgetOutOfReachWithTheInterval) {
  // ends 28,352,512 + 4 · 4,718,592 at 2 bits and + 36 · 4,718,592 at 6 bits
  const std::string rest =
      "\n  where:    q.toml:5, budgets[0]\n  expected: from 47226880 to 198221824 BitOPs under convention "
      "ends_8x8\n";
  EXPECT_EQ(complaint(kHead + "budgets = [47226879]\n" + kMethods),
            "error: the budget of 47226879 BitOPs is below every policy of network 'resnet8'" + rest +
                "  fix:      raise the budget, or add a lower width to candidates");
  EXPECT_EQ(complaint(kHead + "budgets = [198221825]\n" + kMethods),
            "error: the budget of 198221825 BitOPs is above every policy of network 'resnet8'" + rest +
                "  fix:      lower the budget, or add a wider width to candidates");
  EXPECT_EQ(complaint(kHead + "budgets = [47226880, 198221824]\n" + kMethods), "no error")
      << "both ends can be reached";
}

TEST(Plan, RefusesTwoCasesOfOneName) {
  EXPECT_EQ(
      complaint(kHead + "budgets = [\"w3a3\"]\n[[method]]\nname = \"lsq\"\n[[method]]\nname = "
                        "\"lsq\"\noptions = { gradient_scale = false }\n"),
      "error: two cases are called 'lsq/resnet8/synthetic/w3a3/seed=1'\n"
      "  where:    q.toml:9, method[1].name (first: q.toml:7, method[0].name)\n"
      "  expected: different labels for rows that differ, each network, data set, budget and seed once\n"
      "  fix:      give the [[method]], [[network]] or [[dataset]] a label of its own, or remove one");
}

TEST(PlanSelection, TakesAnIdItsFirstPartsOrAPattern) {
  const auto p = plan(kHead + "budgets = [\"w3a3\", \"w4a4\"]\n" + kMethods);  // float, lsq ×2, rfquant ×2
  EXPECT_THAT(select_cases(p, {}), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(select_cases(p, {"lsq/resnet8/synthetic/w4a4/seed=1"}), ElementsAre(2));
  EXPECT_THAT(select_cases(p, {"rfquant"}), ElementsAre(3, 4));
  EXPECT_THAT(select_cases(p, {"*/w3a3/*", "float"}), ElementsAre(0, 1, 3));
  EXPECT_EQ(stages_of(p, select_cases(p, {"lsq/resnet8/synthetic/w4a4"})).size(), 4u);
}

TEST(PlanSelection, SuggestsTheNearestCase) {
  const auto p = plan(kHead + "budgets = [\"w3a3\"]\n" + kMethods);
  try {
    select_cases(p, {"lsq/resnet8/synthetic/w3a3/seed=2"});
    FAIL() << "there is no such case";
  } catch (const Error& e) {
    EXPECT_STREQ(
        e.what(),
        "error: no case is called 'lsq/resnet8/synthetic/w3a3/seed=2'\n  where:    q.toml, --only\n"
        "  expected: a case id, its first parts, or a pattern with '*', as `mpq run --dry-run` lists them\n"
        "  fix:      did you mean 'lsq/resnet8/synthetic/w3a3/seed=1'?");
  }
}

TEST(Plan, IsStoredWithEverythingTheIndexNeeds) {
  const auto p = plan(kHead + "budgets = [\"w3a3\"]\n" + kMethods);
  const auto json = p.to_json();
  EXPECT_EQ(json["name"], "q");
  EXPECT_EQ(json["cases"][0]["budget"], "-");
  EXPECT_TRUE(json["cases"][0]["budget_bitops"].is_null());
  const auto& row = json["cases"][1];
  EXPECT_EQ(row["id"], "lsq/resnet8/synthetic/w3a3/seed=1");
  EXPECT_EQ(row["budget_bitops"], 70819840);
  EXPECT_EQ(row["evaluate"], Json({{"holdout", p.cases[1].evaluate_keys.at("holdout")}}));
  EXPECT_EQ(json["toml"], p.study.text);
}

TEST(Plan, IsStoredWithWhatDiffersFromTheDefaults) {
  const auto p = plan(
      "schema = 1\nname = \"q\"\n[[network]]\nname = \"resnet8\"\noptions = { width = 8 }\n[dataset]\nname = "
      "\"synthetic\"\n[[method]]\nname = \"float\"\nrecipe = { epochs = 3, lr = 0.1 }\n");
  const auto settings = p.to_json()["settings"];
  EXPECT_EQ(settings["networks"],
            Json::parse(R"([{"label":"resnet8 width=8","name":"resnet8","options":{"width":8}}])"));
  EXPECT_EQ(settings["datasets"][0]["options"], Json::object());
  EXPECT_EQ(settings["pretrain"], Json::object());
  EXPECT_EQ(settings["methods"][0]["label"], "Float");
  EXPECT_EQ(settings["methods"][0]["recipe"], Json({{"epochs", 3}})) << "a rate of 0.1 is the default";
}

}  // namespace
}  // namespace mpq::harness
