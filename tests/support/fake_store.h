#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "results/index.h"
#include "results/store.h"

namespace mpq::testing {

/// One method of a fabricated study. All numbers are chosen, none is computed by a network.
struct FakeMethod {
  std::string label, name;
  enum class Family { float_network, fixed, search_retrain, one_shot } family = Family::fixed;
  double accuracy = 0.8;         ///< at the cheapest budget; each further budget adds 0.03
  std::string unsupported = {};  ///< a reason: the deploy stages are stored as unsupported
  std::string failed = {};       ///< a reason: the deploy stages are missing, with a failure note
  bool missing = false;          ///< nothing of this method has run
};

/// What a fabricated study holds. The default has one of everything a report must cope with.
struct FakeStudy {
  std::string name = "fake";
  std::string network = "tinynet", dataset = "toyset";
  std::map<std::string, int> budgets = {{"w3a3", 3}, {"w4a4", 4}};  ///< label → uniform bits
  std::vector<std::int64_t> seeds = {1};
  std::vector<std::string> splits = {"holdout"};
  std::int64_t images = 1000;
  std::vector<std::string> layers = {
      "conv1",          "layer1.0.conv1", "layer1.0.conv2", "layer2.0.conv1",
      "layer2.0.conv2", "layer3.0.conv1", "layer3.0.conv2", "fc"};  ///< 8 or more
  std::vector<FakeMethod> methods = {
      {"Float", "float", FakeMethod::Family::float_network, 0.91},
      {"LSQ", "lsq", FakeMethod::Family::fixed, 0.80},
      {"HAWQ", "hawq", FakeMethod::Family::search_retrain, 0.82},
      {"RFQuant", "rfquant", FakeMethod::Family::one_shot, 0.87},
  };
};

/// Writes the stages, the plan and the index of a fabricated study into a store, as the worker and the
/// supervisor would. The same study gives the same bytes.
class FakeStoreBuilder {
 public:
  FakeStoreBuilder(const results::Store& store, FakeStudy study) : store_(store), study_(std::move(study)) {}

  /// The plan, also stored as store/studies/NAME.h5.
  Json build() {
    Json cases = Json::array();
    const auto float_key = add_pretrain();
    for (const auto& method : study_.methods)
      for (const auto& budget : budgets_of(method))
        for (const auto seed : study_.seeds) cases.push_back(add_case(method, budget, seed, float_key));
    const Json plan = {
        {"name", study_.name}, {"file", study_.name + ".toml"}, {"toml", "schema = 1\n"}, {"cases", cases}};
    store_.write_study(study_.name, plan);
    results::Index(store_).add_study(plan);
    return plan;
  }

 private:
  using Family = FakeMethod::Family;
  struct Bits {
    std::vector<std::int32_t> weights, acts;
  };

  std::vector<std::string> budgets_of(const FakeMethod& method) const {
    if (method.family == Family::float_network) return {"-"};
    std::vector<std::string> labels;
    for (const auto& [label, bits] : study_.budgets) labels.push_back(label);
    return labels;
  }

  // First, last, all others.
  std::int64_t macs(std::size_t layer) const {
    return layer == 0 ? 442'368 : layer + 1 == study_.layers.size() ? 640 : 2'359'296;
  }

  // First and last layer at 8 bits; uniform for a fixed method, else some layers trade a bit with others.
  Bits policy(const FakeMethod& method, const std::string& budget) const {
    if (method.family == Family::float_network) return {};
    const int bits = study_.budgets.at(budget);
    Bits policy{std::vector<std::int32_t>(study_.layers.size(), bits),
                std::vector<std::int32_t>(study_.layers.size(), bits)};
    if (method.family == Family::one_shot) policy.acts[4] += 1, policy.acts[6] -= 1, policy.acts[5] -= 1;
    if (method.family == Family::search_retrain) policy.weights[2] -= 1;
    if (method.family == Family::one_shot || method.family == Family::search_retrain)
      policy.weights[1] += 1, policy.weights[3] -= 1;
    for (auto* widths : {&policy.weights, &policy.acts}) widths->front() = widths->back() = 8;
    return policy;
  }

  std::int64_t bitops(const Bits& policy) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < policy.weights.size(); ++i)
      sum += macs(i) * policy.weights[i] * policy.acts[i];
    return sum;
  }

  Json settings(const std::string& kind, std::int64_t seed) const {
    return {
        {"kind", kind},
        {"core_revision", 1},
        {"numerics", "exact"},
        {"threads", 2},
        {"device", "cpu"},
        {"seed", seed},
        {"network", {{"name", study_.network}, {"revision", 1}, {"options", Json::object()}}},
        {"dataset",
         {{"name", study_.dataset}, {"revision", 1}, {"options", Json::object()}, {"fingerprint", "toy"}}}};
  }

  static Json cost(std::int64_t forward, std::int64_t backward, std::int64_t steps, double seconds,
                   std::int64_t policies = 0, std::int64_t products = 0) {
    return {{"forward_images", forward},    {"backward_images", backward},    {"optimizer_steps", steps},
            {"hessian_products", products}, {"policy_evaluations", policies}, {"wall_seconds", seconds}};
  }

  results::StageRecord record(const Json& settings, const Json& costs) const {
    results::StageRecord record;
    record.settings = settings;
    record.environment = {{"build",
                           {{"version", "0.1.0"},
                            {"revision", "0123456789ab"},
                            {"dirty", false},
                            {"compiler", "GNU 12.2.0"},
                            {"build_type", "Release"}}},
                          {"cpu", "Fake CPU 2000"},
                          {"instruction_set", "AVX2"},
                          {"libtorch", "1.13.1"},
                          {"device", "cpu"},
                          {"started", "2024-01-01T00:00:00Z"},
                          {"finished", "2024-01-01T00:01:00Z"}};
    double seconds = 0;
    for (const auto& [phase, one] : costs.items()) seconds += one.at("wall_seconds").get<double>();
    record.summary = {
        {"kind", settings.at("kind")},      {"status", "done"}, {"costs", costs}, {"wall_seconds", seconds},
        {"peak_memory_bytes", 200'000'000}, {"threads", 2}};
    return record;
  }

  std::string put(const results::StageRecord& record) const {
    const auto key = results::Store::key_of(record.settings);
    make_folders(store_.stage_folder(key));
    results::write_stage_file(store_.stage_path(key), record);
    results::Index(store_).add_stage(key, record);
    return key;
  }

  std::string add_pretrain() const {
    return put(record(settings("pretrain", 1), {{"train", cost(80'000, 80'000, 625, 60)}}));
  }

  Json add_case(const FakeMethod& method, const std::string& budget, std::int64_t seed,
                const std::string& float_key) const {
    const bool no_budget = method.family == Family::float_network;
    Json base = settings("prepare", seed);
    base["method"] = {{"name", method.name}, {"revision", 1}, {"options", {{"label", method.label}}}};
    base["convention"] = "ends_8x8";
    base["parents"] = {{"float", float_key}};
    const auto prepare_key = put_unless(method.missing, record(base, prepare_costs(method)));
    const auto limit = no_budget ? Json() : Json(bitops(policy({"", "", Family::fixed}, budget)));
    base["kind"] = "deploy";
    base["budget"] =
        no_budget ? Json() : Json({{"bitops", limit}, {"label", budget}, {"convention", "ends_8x8"}});
    base["parents"]["prepare"] = prepare_key;
    const auto deploy = deploy_record(base, method, budget);
    const auto deploy_key = put_unless(method.missing || !method.failed.empty(), deploy);
    if (!method.failed.empty())
      store_.write_failure(deploy_key, {{"kind", 1},
                                        {"what", method.failed},
                                        {"where", "train, step 17"},
                                        {"expected", "a finite loss"},
                                        {"fix", "lower the learning rate"}});
    Json evaluate = Json::object();
    const bool evaluated = !method.missing && method.failed.empty() && method.unsupported.empty();
    for (const auto& split : study_.splits)
      evaluate[split] = put_unless(!evaluated, evaluate_record(method, budget, seed, split, deploy_key));
    // A second row of the same method is another case: its label tells it apart, as in a real plan.
    const bool variant =
        std::any_of(study_.methods.begin(), study_.methods.end(),
                    [&](const FakeMethod& other) { return &other < &method && other.name == method.name; });
    return {{"id", method.name + (variant ? "-variant" : "") + "/" + study_.network + "/" + study_.dataset +
                       "/" + budget + "/seed=" + std::to_string(seed)},
            {"label", method.label},
            {"method", method.name},
            {"network", study_.network},
            {"dataset", study_.dataset},
            {"budget", budget},
            {"budget_bitops", limit},
            {"seed", seed},
            {"float", float_key},
            {"prepare", prepare_key},
            {"deploy", deploy_key},
            {"evaluate", evaluate}};
  }

  std::string put_unless(bool absent, const results::StageRecord& record) const {
    return absent ? results::Store::key_of(record.settings) : put(record);
  }

  static Json prepare_costs(const FakeMethod& method) {
    if (method.family == Family::one_shot)
      return {{"train", cost(160'000, 160'000, 312, 240)}, {"recalibrate", cost(2'048, 0, 0, 1)}};
    if (method.family == Family::search_retrain) return {{"sensitivity", cost(4'000, 4'000, 0, 6, 0, 50)}};
    return {{"other", cost(0, 0, 0, 0.1)}};
  }
  static Json deploy_costs(const FakeMethod& method) {
    if (method.family == Family::one_shot)
      return {{"search", cost(30'000, 0, 0, 8, 120)}, {"recalibrate", cost(2'048, 0, 0, 1)}};
    if (method.family == Family::search_retrain)
      return {{"search", cost(0, 0, 0, 0.2, 500)}, {"retrain", cost(60'000, 60'000, 468, 70)}};
    if (method.family == Family::fixed) return {{"retrain", cost(60'000, 60'000, 468, 70)}};
    return {{"other", cost(0, 0, 0, 0.1)}};
  }

  results::StageRecord deploy_record(const Json& settings, const FakeMethod& method,
                                     const std::string& budget) const {
    auto deploy = record(settings, deploy_costs(method));
    if (!method.unsupported.empty()) {
      deploy.summary["status"] = "unsupported";
      deploy.summary["reason"] = method.unsupported;
      return deploy;
    }
    const auto bits = policy(method, budget);
    const bool quantized = !bits.weights.empty();
    const std::int64_t achieved = quantized ? bitops(bits) : 12'000'000'000;
    deploy.summary["policy"] = {{"sites", quantized ? study_.layers : std::vector<std::string>()},
                                {"weight_bits", bits.weights},
                                {"act_bits", bits.acts}};
    deploy.summary["cost"] = {{"convention", "ends_8x8"},
                              {"requested_bitops", quantized ? settings["budget"]["bitops"] : Json()},
                              {"achieved_bitops", achieved},
                              {"achieved_size_bits", quantized ? 300'000 : 2'500'000},
                              {"by_convention", {{"ends_8x8", achieved}, {"searched_only", achieved / 2}}}};
    deploy.summary["layers"] = study_.layers;
    const auto n = study_.layers.size();
    auto charged = bits;
    if (!quantized) charged = {std::vector<std::int32_t>(n, 32), std::vector<std::int32_t>(n, 32)};
    std::vector<std::int64_t> all_macs;
    for (std::size_t i = 0; i < n; ++i) all_macs.push_back(macs(i));
    auto executed = charged;
    executed.acts.front() = 32;
    deploy.arrays["/sites/macs"] = Array::of(all_macs);
    deploy.arrays["/sites/weight_count"] = Array::of(std::vector<std::int64_t>(n, 1000));
    deploy.arrays["/sites/weight_bits"] = Array::of(charged.weights);
    deploy.arrays["/sites/act_bits"] = Array::of(charged.acts);
    deploy.arrays["/sites/executed_weight_bits"] = Array::of(executed.weights);
    deploy.arrays["/sites/executed_act_bits"] = Array::of(executed.acts);
    return deploy;
  }

  // Images differ in difficulty, alike for all methods, so that predictions agree as those of real networks
  // do.
  results::StageRecord evaluate_record(const FakeMethod& method, const std::string& budget, std::int64_t seed,
                                       const std::string& split, const std::string& deploy_key) const {
    auto base = settings("evaluate", seed);
    base["convention"] = "ends_8x8";
    base["splits"] = {split};
    base["parents"] = {{"deploy", deploy_key}};
    auto evaluate = record(base, {{"evaluate", cost(study_.images, 0, 0, 2)}});
    const double accuracy = method.accuracy + (budget == "-" ? 0.0 : 0.03 * (study_.budgets.at(budget) - 3));
    std::vector<std::int64_t> index;
    std::vector<std::int32_t> label, top5;
    std::vector<float> probability;
    std::int64_t hits = 0, hits5 = 0;
    double entropy = 0;
    const auto own = std::uint64_t(seed) * (budget == "-" ? 0 : 1);  // one float network serves all seeds
    for (std::int64_t i = 0; i < study_.images; ++i) {
      RandomStream image(7, "fake image " + split, std::uint64_t(i));
      RandomStream noise(own, "fake noise " + method.label + budget + split, std::uint64_t(i));
      const double z = std::sqrt(0.8) * image.normal() + std::sqrt(0.2) * noise.normal();
      const double difficulty = 0.5 * std::erfc(-z / std::sqrt(2.0));
      const auto truth = static_cast<std::int32_t>(image.below(10));
      const int place = difficulty < accuracy ? 0 : difficulty < accuracy + 0.06 ? 2 : 9;
      index.push_back(2 * i + 1);
      label.push_back(truth);
      for (int k = 0; k < 5; ++k) top5.push_back((truth + k - place + 20) % 10);
      probability.push_back(static_cast<float>(place == 0 ? 0.9 : place == 2 ? 0.1 : 0.01));
      hits += place == 0, hits5 += place < 5;
      entropy -= std::log(double(probability.back()));
    }
    const auto at = "/predictions/" + split + "/";
    evaluate.arrays[at + "image_index"] = Array::of(index);
    evaluate.arrays[at + "label"] = Array::of(label);
    evaluate.arrays[at + "top5"] = Array::of(top5, {study_.images, 5});
    evaluate.arrays[at + "true_probability"] = Array::of(probability);
    const auto n = static_cast<double>(study_.images);
    evaluate.summary["metrics"][split] = {{"top1", double(hits) / n},
                                          {"top5", double(hits5) / n},
                                          {"cross_entropy", entropy / n},
                                          {"images", study_.images}};
    return evaluate;
  }

  const results::Store& store_;
  FakeStudy study_;
};

inline Json build_fake_store(const results::Store& store, const FakeStudy& study = {}) {
  return FakeStoreBuilder(store, study).build();
}

}  // namespace mpq::testing
