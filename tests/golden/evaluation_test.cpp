// Evaluation, norm recalibration and costs against the recorded program (h_eval.h5, d_cost.json; rfquant.md
// §9).

#include "core/file.h"
#include "models/load_state.h"
#include "tests/golden/recorded.h"
#include "training/evaluate.h"

namespace mpq::testing {
namespace {

void evaluate_policies(Path path) {
  MPQ_RECORDING(file, "h_eval.h5");
  const quant::ComposedScope composed(path == Path::plain);
  const torch::NoGradGuard no_grad;
  const auto root = file.openGroup("/");
  const double flips = flip_allowance(path);
  const auto images = images_of(golden::read(root, "eval_codes"), torch::kFloat32, path);
  const auto codes = golden::read(root, "calib_codes");
  const auto calib = images_of(codes.flatten(0, 1), torch::kFloat32, path);
  for (const auto& name : golden::groups(root, "policy")) {
    const auto group = root.openGroup(name);
    const auto network = recorded_network(file.openGroup("sites"), false, 32);
    load_recorded(*network, file.openGroup("weights"), path);
    network->set_policy(policy_of(golden::read(group, "policy")));
    network->set_norm_use(quant::NormUse::stored);
    EXPECT_TRUE(close(network->forward(images), golden::read(group, "logits"), 1e-3 * flips)) << name;
    training::recalibrate(*network, calib, codes.size(1));
    EXPECT_TRUE(
        close(network->forward(images), golden::read(group, "logits_after_calibration"), 1e-3 * flips))
        << name;
    network->narrow();
    const auto norms = group.openGroup("calibrated_norm");
    for (const auto& [key, tensor] : network->state())
      if (has(norms, key))
        EXPECT_TRUE(close(tensor, golden::read(norms, key), 1e-4 * flips)) << name << " " << key;
    const auto policy = network->policy();
    EXPECT_NEAR(static_cast<double>(quant::bitops(network->facts(), policy)) / 1e9,
                golden::number(group, "bitops_g"), 1e-12);
    EXPECT_NEAR(static_cast<double>(quant::size_bits(network->facts(), policy)) / 8 / (1 << 20),
                golden::number(group, "size_mib"), 1e-12);
  }
}

TEST(GoldenEvaluation, golden_policies_composed_of_aten_operators) { evaluate_policies(Path::plain); }
TEST(GoldenEvaluation, golden_policies_fused) { evaluate_policies(Path::fused); }

Json recorded_costs() {
  const auto path = golden::path_of("d_cost.json");
  return path.empty() ? Json() : parse_json(read_file(path), path);
}

std::vector<quant::LayerFacts> facts_of(const Json& row) {
  std::vector<quant::LayerFacts> facts;
  bool first = true;
  for (const auto& l : row.at("layers")) {
    quant::LayerFacts f;
    f.name = l.at("name");
    f.in_channels = l.at("cin"), f.out_channels = l.at("cout"), f.groups = l.at("groups");
    f.kernel_h = f.kernel_w = l.at("k"), f.stride = l.at("stride"), f.padding = (f.kernel_h - 1) / 2;
    f.in_h = f.in_w = l.at("h_in"), f.out_h = f.out_w = l.at("h_out");
    f.kind = l.at("quantized").get<bool>() ? quant::LayerKind::conv
             : first                       ? quant::LayerKind::first_conv
                                           : quant::LayerKind::linear;
    first = false;
    facts.push_back(f);
  }
  return facts;
}

/// The float network at 32 × 32, and the cheapest and dearest policy of widths 2 … 6.
void expect_limits(const std::vector<quant::LayerFacts>& facts, const Json& row, const std::string& name) {
  std::int64_t macs = 0;
  std::vector<quant::SiteLists> lists;
  for (const auto& f : facts) {
    macs += f.macs();
    if (!f.is_site()) continue;
    const auto candidates = models::candidates_for(f, {6, 5, 4, 3, 2});
    lists.push_back({candidates, candidates});
  }
  if (row.contains("bitops_fp32")) {
    EXPECT_EQ(1024 * macs, row.at("bitops_fp32").get<std::int64_t>()) << name;
  }
  if (row.contains("reachable_2to6")) {
    const auto& reachable = row.at("reachable_2to6");
    EXPECT_EQ(quant::bitops(facts, quant::smallest_policy(lists)), reachable.at(0).get<std::int64_t>())
        << name;
    EXPECT_EQ(quant::bitops(facts, quant::largest_policy(lists)), reachable.at(1).get<std::int64_t>())
        << name;
  }
}

void expect_costs(const std::vector<quant::LayerFacts>& facts, const Json& row, const std::string& name) {
  expect_limits(facts, row, name);
  std::size_t sites = 0;
  for (const auto& f : facts) sites += f.is_site();
  for (const auto& [bits, expected] : row.at("bitops").items()) {
    const quant::Policy policy(sites, quant::parse_uniform(bits, name));
    EXPECT_EQ(quant::bitops(facts, policy), expected.get<std::int64_t>()) << name << " " << bits;
    const auto& alternatives = row.at("bitops_alt");
    const auto at = [&](const char* key) { return alternatives.at(key).at(bits).get<std::int64_t>(); };
    EXPECT_EQ(quant::bitops(facts, policy, quant::Convention::classifier_act_searched), at("fracbits"))
        << name << " " << bits;
    EXPECT_EQ(quant::bitops(facts, policy, quant::Convention::unfloored_positions), at("limpq_unfloored"))
        << name << " " << bits;
    EXPECT_EQ(quant::bitops(facts, policy, quant::Convention::searched_only), at("searched_only"))
        << name << " " << bits;
    const int weight = policy.front().weight;
    EXPECT_EQ(quant::size_bits(facts, policy),
              row.at("size_bits").at("w" + std::to_string(weight)).get<std::int64_t>())
        << name;
  }
}

TEST(GoldenCosts, golden_every_convention_from_the_recorded_shapes) {
  const auto rows = recorded_costs();
  if (rows.is_null()) GTEST_SKIP() << "MPQ_GOLDEN has no d_cost.json";
  for (const auto& [name, row] : rows.items())
    if (name[0] != '_') expect_costs(facts_of(row), row, name);
}

struct Built {
  std::string network;
  Json options = Json::object();
};

// "resnet20_cifar10_A" is our resnet20 with 10 classes and shortcut A.
Built network_of(const std::string& row) {
  static const std::map<std::string, Built> kNamed = {
      {"resnet18_cifarstem_100", {"resnet18", {{"stem", "small"}}}},
      {"resnet50_v1", {"resnet50", {{"variant", "v1"}}}},
      {"vgg_small_cifar10", {"vgg_small"}}};
  if (const auto found = kNamed.find(row); found != kNamed.end()) return found->second;
  const auto cut = row.find("_cifar");
  if (cut == std::string::npos) return {row};
  return {row.substr(0, cut), {{"shortcut", row.substr(row.size() - 1)}}};
}

// Of the other rows the recorded names are those of the program that counted.
bool has_published_names(const std::string& row) {
  return (row.starts_with("resnet") && !row.ends_with("_B")) || row == "vgg16_bn";
}

// A row whose network is gone, or is called otherwise now, is a failure: nobody would miss it elsewhere.
TEST(GoldenCosts, golden_every_registered_network) {
  const auto rows = recorded_costs();
  if (rows.is_null()) GTEST_SKIP() << "MPQ_GOLDEN has no d_cost.json";
  int built = 0;
  for (const auto& [name, row] : rows.items()) {
    if (name[0] == '_') continue;
    const auto [network_name, options] = network_of(name);
    if (!models::registry().all().contains(network_name)) {
      ADD_FAILURE() << "row " << name << " of d_cost.json: no network '" << network_name << "' is registered";
      continue;
    }
    models::NetworkContext context;
    const auto side = row.at("input").get<std::int64_t>();
    context.classes = row.at("layers").back().at("cout"), context.height = side, context.width = side;
    context.draw_weights = false;
    const auto network = models::make_network(network_name, options, context);
    const auto facts = network->facts();
    std::int64_t parameters = 0;
    for (const auto& ref : network->tensors())
      if (ref.role != quant::Role::buffer) parameters += ref.tensor->numel();
    EXPECT_EQ(parameters, row.at("params").get<std::int64_t>()) << name;
    ASSERT_EQ(facts.size(), row.at("layers").size()) << name;
    const auto& renames = models::registry().find(network_name, "test").info.renames;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      EXPECT_EQ(facts[i].macs(), row.at("layers")[i].at("macs").get<std::int64_t>())
          << name << " " << facts[i].name;
      if (has_published_names(name))
        EXPECT_EQ(facts[i].name + ".weight",
                  models::renamed(row.at("layers")[i].at("name").get<std::string>() + ".weight", renames))
            << name;
      EXPECT_EQ(facts[i].weight_count(), row.at("layers")[i].at("weight_count").get<std::int64_t>()) << name;
    }
    expect_costs(facts, row, name);
    ++built;
  }
  EXPECT_GT(built, 0) << "d_cost.json has no row";
}

}  // namespace
}  // namespace mpq::testing
