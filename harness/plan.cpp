#include "harness/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "results/store.h"

namespace mpq::harness {
namespace {

/// One network on one data set: what all its stages have in common.
struct Ground {
  const Choice& network;
  const Choice& dataset;
  NetworkFacts facts;
  Json settings;  // core_revision … dataset
};

class Planner {
 public:
  Planner(Study study, const PlanSources& sources) : sources_(sources) { plan_.study = std::move(study); }

  Plan build() {
    for (const auto& dataset : study().datasets)
      for (const auto& network : study().networks) add_ground(network, dataset);
    return std::move(plan_);
  }

 private:
  const Study& study() const { return plan_.study; }

  void add_ground(const Choice& network, const Choice& dataset) {
    Json data = dataset.settings();
    data["fingerprint"] = sources_.fingerprint(dataset);
    const Ground ground{network,
                        dataset,
                        sources_.facts(network, dataset),
                        {{"core_revision", sources_.core_revision},
                         {"numerics", "exact"},
                         {"threads", study().threads},
                         {"device", "cpu"},
                         {"network", network.settings()},
                         {"dataset", data}}};
    set_workload(ground);
    const auto float_stage = add_pretrain(ground);
    for (const auto& rows : study().methods) {
      refuse_foreign_policy(ground, rows);
      for (const auto seed : rows.seeds) {
        if (rows.budgets.empty()) add_case(ground, rows, nullptr, seed, float_stage);
        for (const auto& budget : rows.budgets) add_case(ground, rows, &budget, seed, float_stage);
      }
    }
  }

  void set_workload(const Ground& ground) {
    work_ = sources_.workload ? sources_.workload(ground.dataset) : Workload{};
    const auto& facts = ground.facts.json();
    work_.macs = facts.value("macs", std::int64_t{0});
    work_.parameters = facts.value("parameters", std::int64_t{0});
    work_.layer_outputs = facts.value("layer_outputs", std::int64_t{0});
    work_.widest_output = facts.value("widest_output", std::int64_t{0});
    work_.sites = std::ssize(facts.at("sites"));
  }

  std::size_t add_pretrain(const Ground& ground) {
    Json settings = ground.settings;
    settings["kind"] = "pretrain";
    settings["seed"] = study().pretrain_seed;
    settings["recipe"] = study().pretrain;
    settings["parents"] = Json::object();
    const auto& checkpoint = ground.network.checkpoint;
    if (checkpoint) {
      settings["checkpoint"] = checkpoint->sha256;
      if (ground.network.new_head) settings["new_head"] = true;
      if (!ground.network.dictionary.empty()) settings["dictionary"] = ground.network.dictionary;
      if (!study().pretrain_epochs_given) settings["recipe"]["epochs"] = 0;
      if (ground.network.recorded_top1) settings["recorded_top1"] = *ground.network.recorded_top1;
    }
    const auto stage = add_stage(
        std::move(settings), {},
        fmt::format("{}/{}/seed={}", ground.network.label, ground.dataset.label, study().pretrain_seed));
    if (checkpoint) plan_.stages[stage].checkpoint = checkpoint->path;
    return stage;
  }

  /// A policy names the sites it is for: widths of another network would be taken without a word otherwise.
  static void refuse_foreign_policy(const Ground& ground, const MethodRows& rows) {
    if (!rows.policy) return;
    const auto refuse = [&](const std::string& what) {
      throw_input(
          {what, rows.policy_where, "the sites of this network, in order", "name a policy of this network"});
    };
    const auto& policy = *rows.policy;
    const auto& network = ground.network.name;
    if (!policy.network.empty() && policy.network != network)
      refuse(fmt::format("the policy is for network '{}', not for '{}'", policy.network, network));
    const auto& sites = ground.facts.json().at("sites");
    if (policy.weight_bits.size() != sites.size())
      refuse(fmt::format("the policy is for {} sites, network '{}' has {}", policy.weight_bits.size(),
                         network, sites.size()));
    for (std::size_t i = 0; i < policy.sites.size(); ++i)
      if (const std::string ours = sites[i].at("name"); ours != policy.sites[i])
        refuse(fmt::format("site {} of the policy is '{}', that of network '{}' is '{}'", i, policy.sites[i],
                           network, ours));
  }

  void add_case(const Ground& ground, const MethodRows& rows, const BudgetRequest* budget, std::int64_t seed,
                std::size_t float_stage) {
    Case row{"",
             rows.method.label,
             rows.method.name,
             ground.network.label,
             ground.dataset.label,
             budget ? budget->label : "-",
             {},
             seed,
             key(float_stage),
             "",
             "",
             {}};
    row.id = fmt::format("{}/{}/{}/{}/seed={}", slug(row.label), slug(row.network), slug(row.dataset),
                         row.budget, seed);
    if (budget) row.budget_bitops = resolve_budget(*budget, ground.facts, study().convention, row.network);
    refuse_same_id(row, rows);

    Json settings = ground.settings;
    settings["seed"] = seed;
    Json method = settings;
    method["recipe"] = rows.recipe;
    method["candidates"] = study().candidates;
    method["method"] = rows.method.settings();
    const auto prepare = add_prepare(method, row, float_stage, *rows.method.item);
    const auto deploy = add_deploy(method, row, float_stage, prepare);
    add_evaluations(settings, row, deploy);
    plan_.cases.push_back(std::move(row));
  }

  /// Neither budget nor convention is known here, many methods train nothing yet, and some options are for the
  /// search alone: what cannot matter is no part of the key.
  std::size_t add_prepare(Json settings, Case& row, std::size_t float_stage, const CatalogueItem& method) {
    settings["kind"] = "prepare";
    if (!method.needs_recipe_in_prepare()) settings.erase("recipe");
    for (const auto& option : method.deploy_options()) settings["method"]["options"].erase(option);
    settings["parents"] = {{"float", key(float_stage)}};
    const auto title =
        fmt::format("{}/{}/{}/seed={}", slug(row.label), slug(row.network), slug(row.dataset), row.seed);
    const auto stage = add_stage(std::move(settings), {float_stage}, title);
    row.prepare_key = key(stage);
    return stage;
  }

  std::size_t add_deploy(Json settings, Case& row, std::size_t float_stage, std::size_t prepare) {
    settings["kind"] = "deploy";
    settings["parents"] = {{"float", key(float_stage)}, {"prepare", key(prepare)}};
    settings["convention"] = study().convention;
    settings["budget"] = nullptr;  // "w3a3" and its number are one budget
    if (row.budget_bitops)
      settings["budget"] = {{"bitops", *row.budget_bitops}, {"convention", study().convention}};
    const auto stage = add_stage(std::move(settings), {float_stage, prepare}, row.id);
    row.deploy_key = key(stage);
    return stage;
  }

  /// One stage per split: asking for the test part later adds a stage and changes none.
  void add_evaluations(Json settings, Case& row, std::size_t deploy) {
    settings["kind"] = "evaluate";
    settings["parents"] = {{"deploy", key(deploy)}};
    for (const std::string split : {"holdout", "test"}) {
      settings["splits"] = {split};
      // A run without `final` looks at no test part, but keeps what an earlier one has seen.
      const bool wanted = split != "test" || study().final ||
                          (sources_.finished && sources_.finished(results::Store::key_of(settings)));
      if (wanted) row.evaluate_keys[split] = key(add_stage(settings, {deploy}, row.id + " on " + split));
    }
  }

  std::size_t add_stage(Json settings, std::vector<std::size_t> parents, const std::string& about) {
    auto stage_key = results::Store::key_of(settings);
    const auto [known, fresh] = index_.try_emplace(stage_key, plan_.stages.size());
    if (fresh) {
      const std::string kind = settings.at("kind");
      plan_.stages.push_back({std::move(stage_key),
                              kind,
                              kind + " " + about,
                              std::move(settings),
                              std::move(parents),
                              work_,
                              {}});
    }
    return known->second;
  }

  const std::string& key(std::size_t stage) const { return plan_.stages[stage].key; }

  void refuse_same_id(const Case& row, const MethodRows& rows) {
    const auto [first, fresh] = origin_.try_emplace(row.id, rows.method.where);
    if (fresh) return;
    throw_input({"two cases are called '" + row.id + "'",
                 rows.method.where + " (first: " + first->second + ")",
                 "different labels for rows that differ, each network, data set, budget and seed once",
                 "give the [[method]], [[network]] or [[dataset]] a label of its own, or remove one"});
  }

  const PlanSources& sources_;
  Plan plan_;
  Workload work_;                                        // of the ground at hand
  std::unordered_map<std::string, std::size_t> index_;   // key → stage
  std::unordered_map<std::string, std::string> origin_;  // case id → where it was asked for
};

}  // namespace

std::vector<std::string> Case::keys() const {
  std::vector<std::string> all = {float_key, prepare_key, deploy_key};
  for (const auto& [split, key] : evaluate_keys) all.push_back(key);
  return all;
}

std::size_t Plan::stage_index(const std::string& key) const {
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (stages[i].key == key) return i;
  require(false, "a case names a stage that the plan does not have");
  return 0;
}

Json Plan::to_json() const {
  Json rows = Json::array();
  for (const auto& c : cases)
    rows.push_back({{"id", c.id},
                    {"label", c.label},
                    {"method", c.method},
                    {"network", c.network},
                    {"dataset", c.dataset},
                    {"budget", c.budget},
                    {"budget_bitops", c.budget_bitops ? Json(*c.budget_bitops) : Json()},
                    {"seed", c.seed},
                    {"float", c.float_key},
                    {"prepare", c.prepare_key},
                    {"deploy", c.deploy_key},
                    {"evaluate", c.evaluate_keys}});
  Json titles = Json::object();
  for (const auto& stage : stages) titles[stage.key] = stage.title;
  return {{"name", study.name},
          {"file", study.file},
          {"toml", study.text},
          {"convention", study.convention},
          {"final", study.final},
          {"threads", study.threads},
          {"candidates", study.candidates},
          {"settings", settings_of(study)},
          {"cases", rows},
          {"stages", titles}};
}

Plan make_plan(Study study, const PlanSources& sources) { return Planner(std::move(study), sources).build(); }

}  // namespace mpq::harness
