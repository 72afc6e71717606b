// Policies as files: read as a stranger's, taken into a study, held to the network they are for.

#include "harness/policy_file.h"

#include <gmock/gmock.h>

#include "core/file.h"
#include "harness/plan.h"
#include "tests/support/error_of.h"
#include "tests/support/fake_catalogue.h"
#include "tests/support/temp_folder.h"

namespace mpq::harness {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

class PolicyFiles : public ::testing::Test {
 protected:
  std::string write(const Json& content) {
    write_whole(folder_ / "p.json", content.dump());
    return folder_ / "p.json";
  }
  static Json good() {
    return {{"format", "mpq-policy"},    {"version", 1},
            {"network", "resnet8"},      {"sites", {"layer1.0.conv1", "layer1.0.conv2"}},
            {"weight_bits", {4, 3}},     {"act_bits", {3, 2}},
            {"somebody's own key", true}};
  }
  static Json with(const std::string& key, const Json& value) {
    auto changed = good();
    changed[key] = value;
    return changed;
  }
  std::string complaint(const Json& content) {
    const auto path = write(content);
    return error_of([&] { read_policy_file(path); }).parts().what;
  }
  /// The plan of a study whose method takes p.json.
  Plan plan(const std::string& method = "lsq", const std::string& budgets = "[\"w4a4\"]") {
    static const Catalogue catalogue(testing::fake_catalogue("abc"));
    write_whole(folder_ / "s.toml",
                "schema = 1\nname = \"s\"\nnetworks = [\"resnet8\"]\ndataset = { name = \"synthetic\" }\n"
                "budgets = " +
                    budgets + "\n[[method]]\nname = \"" + method + "\"\npolicy = \"p.json\"\n");
    const PlanSources sources{[](const Choice&, const Choice&) {
                                return NetworkFacts(testing::fake_facts({6, 5, 4, 3, 2}));
                              },
                              [](const Choice&) { return std::string("data"); }};
    return make_plan(read_study(read_study_file(folder_ / "s.toml", ""), catalogue), sources);
  }
  testing::TempFolder folder_;
};

TEST_F(PolicyFiles, GiveWidthsAndNames) {
  const auto policy = read_policy_file(write(good()));
  EXPECT_EQ(policy.network, "resnet8");
  EXPECT_THAT(policy.sites, ElementsAre("layer1.0.conv1", "layer1.0.conv2"));
  EXPECT_THAT(policy.weight_bits, ElementsAre(4, 3));
  EXPECT_THAT(policy.act_bits, ElementsAre(3, 2));
  auto short_one = good();
  short_one.erase("sites"), short_one.erase("network");
  EXPECT_TRUE(read_policy_file(write(short_one)).sites.empty());
}

TEST_F(PolicyFiles, OfStrangersAreRefusedInWords) {
  EXPECT_THAT(complaint(with("format", "other")), HasSubstr("this is no policy"));
  EXPECT_THAT(complaint(Json::array()), HasSubstr("this is no policy"));
  EXPECT_THAT(complaint(with("version", 2)), HasSubstr("the policy has version 2"));
  for (const Json& bad : {Json(), Json(3), Json::array(), Json({4, 9}), Json({4, 2.5}), Json({"4", "3"})})
    EXPECT_THAT(complaint(with("weight_bits", bad)), HasSubstr("'weight_bits' is no list of widths"));
  EXPECT_THAT(complaint(with("act_bits", {3})), HasSubstr("2 weight widths and 1 activation widths"));
  EXPECT_THAT(complaint(with("sites", {"one"})), HasSubstr("'sites' does not fit"));
  EXPECT_THAT(complaint(with("sites", {1, 2})), HasSubstr("'sites' does not fit"));
  EXPECT_THAT(complaint(with("sites", {"a", "b\x1b]0;c"})), HasSubstr("'sites' does not fit"));
  EXPECT_THAT(complaint(with("sites", {"a", std::string(201, 'b')})), HasSubstr("'sites' does not fit"));
}

TEST_F(PolicyFiles, BecomeOptionsAndSoPartOfTheKey) {
  write(good());
  const auto first = plan();
  const auto& method = first.stages.at(first.stage_index(first.cases[0].deploy_key)).settings.at("method");
  EXPECT_EQ(method.at("options").at("weight_bits"), Json({4, 3}));
  write(with("weight_bits", {4, 4}));
  EXPECT_NE(plan().cases[0].deploy_key, first.cases[0].deploy_key);
}

TEST_F(PolicyFiles, OfAnotherNetworkAreRefused) {
  write(with("sites", {"layer1.0.conv1", "features.2.conv"}));
  const auto error = error_of([&] { plan(); });
  EXPECT_EQ(error.kind(), ErrorKind::input);
  EXPECT_THAT(
      error.what(),
      HasSubstr("site 1 of the policy is 'features.2.conv', that of network 'resnet8' is 'layer1.0.conv2'"));
  write({{"format", "mpq-policy"},
         {"version", 1},
         {"sites", {"layer1.0.conv1"}},
         {"weight_bits", {3}},
         {"act_bits", {3}}});
  EXPECT_THAT(error_of([&] { plan(); }).what(),
              HasSubstr("the policy is for 1 sites, network 'resnet8' has 2"));
  auto nameless = good();
  nameless.erase("sites");
  nameless["weight_bits"] = nameless["act_bits"] = {4, 4, 4};
  write(nameless);
  EXPECT_THAT(error_of([&] { plan(); }).what(),
              HasSubstr("the policy is for 3 sites, network 'resnet8' has 2"));
  write(with("network", "resnet50"));
  EXPECT_THAT(error_of([&] { plan(); }).what(),
              HasSubstr("the policy is for network 'resnet50', not for 'resnet8'"));
}

TEST_F(PolicyFiles, AreForOneBudget) {
  write(good());
  EXPECT_THAT(error_of([&] { plan("lsq", "[\"w4a4\", \"w3a3\"]"); }).what(),
              HasSubstr("a given policy would be trained for each of 2 budgets"));
}

TEST_F(PolicyFiles, NeedAMethodThatTakesOne) {
  write(good());
  EXPECT_THAT(error_of([&] { plan("rfquant"); }).what(),
              HasSubstr("method 'rfquant' does not train a policy that is given"));
}

}  // namespace
}  // namespace mpq::harness
