#include "analysis/collect.h"

#include <utility>

#include "core/error.h"
#include "results/facts.h"

namespace mpq::analysis {
namespace {

using results::fact;
using results::integer_fact;
using results::number_fact;
using results::StageRecord;
using results::Store;
using results::text_fact;
using Status = CaseResult::Status;

std::map<std::string, Cost> read_costs(const Json& summary) {
  std::map<std::string, Cost> costs;
  const auto& phases = fact(summary, "costs");
  if (!phases.is_object()) return costs;
  for (const auto& [phase, c] : phases.items())
    costs[phase] = {
        integer_fact(c, "forward_images").value_or(0),     integer_fact(c, "backward_images").value_or(0),
        integer_fact(c, "optimizer_steps").value_or(0),    integer_fact(c, "hessian_products").value_or(0),
        integer_fact(c, "policy_evaluations").value_or(0), number_fact(c, "wall_seconds").value_or(0)};
  return costs;
}

std::vector<std::int64_t> widths(const StageRecord& record, const std::string& path) {
  const auto found = record.arrays.find(path);
  if (found == record.arrays.end()) return {};
  if (found->second.dtype == Dtype::i64) return found->second.as<std::int64_t>();
  const auto narrow = found->second.as<std::int32_t>();
  return {narrow.begin(), narrow.end()};
}

Deployment read_deployment(const StageRecord& record, const std::string& where) {
  const auto& summary = record.summary;
  const auto achieved = integer_fact(summary, "cost/achieved_bitops");
  if (!achieved)
    throw_input(
        {"no achieved cost in a deploy stage", where, "summary.cost.achieved_bitops", "run it again"});
  Deployment d;
  d.convention = text_fact(summary, "cost/convention");
  d.requested_bitops = integer_fact(summary, "cost/requested_bitops");
  d.achieved_bitops = *achieved;
  d.achieved_size_bits = integer_fact(summary, "cost/achieved_size_bits").value_or(0);
  if (const auto& names = fact(summary, "layers"); names.is_array())
    for (const auto& name : names) d.layers.push_back(name.is_string() ? name.get<std::string>() : "?");
  d.weight_bits = widths(record, "/sites/weight_bits");
  d.act_bits = widths(record, "/sites/act_bits");
  d.executed_weight_bits = widths(record, "/sites/executed_weight_bits");
  d.executed_act_bits = widths(record, "/sites/executed_act_bits");
  if (const auto& all = fact(summary, "cost/by_convention"); all.is_object())
    for (const auto& [name, bitops] : all.items())
      if (bitops.is_number_integer()) d.bitops_by_convention[name] = bitops.get<std::int64_t>();
  const auto& searched = fact(summary, "policy/sites");
  d.is_float = searched.is_array() && searched.empty();
  if (d.weight_bits.size() != d.layers.size() || d.act_bits.size() != d.layers.size())
    throw_input({"layers and widths of a deploy stage differ in number", where, "one width per layer",
                 "run it again"});
  return d;
}

class Collector {
 public:
  Collector(const Store& store, StudyData& data) : store_(store), data_(data) {}

  void fill(CaseResult& one) {
    one.status = Status::done;
    try {
      visit(one, one.float_key, "pretrain", [](const StageRecord&, const std::string&) {});
      visit(one, one.prepare_key, "prepare", [](const StageRecord&, const std::string&) {});
      visit(one, one.deploy_key, "deploy", [&](const StageRecord& record, const std::string& where) {
        one.deployment = read_deployment(record, where);
      });
      for (const auto& evaluated : one.evaluate_keys) {
        const auto& split = evaluated.first;
        visit(one, evaluated.second, "evaluate on " + split,
              [&](const StageRecord& record, const std::string& where) {
                one.predictions[split] = read_predictions(record, split, where);
              });
      }
    } catch (const Error& e) {
      settle(one, Status::damaged, e.parts().what + " (" + e.parts().where + ")");
    }
  }

 private:
  // The first thing that is wrong with a case is what its row says.
  static void settle(CaseResult& one, Status status, const std::string& reason) {
    if (one.status != Status::done) return;
    one.status = status;
    one.reason = reason;
  }

  template <class Take>
  void visit(CaseResult& one, const std::string& key, const std::string& stage, Take take) {
    if (key.empty()) return;
    if (!store_.finished(key)) {
      const auto failure = store_.read_failure(key);
      if (failure)
        settle(one, Status::failed, stage + ": " + text_fact(*failure, "what") + where_of(*failure));
      else
        settle(one, Status::missing, stage + " has not been run");
      return;
    }
    const auto prefix = prefix_of(stage);
    const auto noted = data_.stages.find(key);
    if (noted != data_.stages.end() && prefix == "none") return settle_unsupported(one, noted->second);
    const auto record = results::read_stage_file(store_.stage_path(key), prefix);
    const auto& facts = data_.stages[key] = facts_of(record);
    settle_unsupported(one, facts);
    if (facts.status == "done") take(record, "stage " + key.substr(0, 12) + " (" + stage + ")");
  }

  static void settle_unsupported(CaseResult& one, const StageFacts& facts) {
    if (facts.status != "done") settle(one, Status::unsupported, facts.reason);
  }

  static std::string where_of(const Json& failure) {
    const auto where = text_fact(failure, "where");
    return where.empty() ? "" : " (" + where + ")";
  }

  // Weights are most of a file and no part of a report.
  static std::string prefix_of(const std::string& stage) {
    if (stage == "deploy") return "/sites";
    return stage.starts_with("evaluate") ? "/predictions" : "none";
  }

  static StageFacts facts_of(const StageRecord& record) {
    const auto& [settings, environment, summary, arrays] = record;
    return {text_fact(summary, "kind"),
            text_fact(summary, "status"),
            text_fact(summary, "reason"),
            text_fact(settings, "dataset/name"),
            read_costs(summary),
            integer_fact(summary, "peak_memory_bytes").value_or(0),
            environment,
            integer_fact(summary, "threads").value_or(integer_fact(settings, "threads").value_or(0)),
            settings.contains("recorded_top1")};
  }

  const Store& store_;
  StudyData& data_;
};

CaseResult read_case(const Json& one) {
  CaseResult result;
  result.id = text_fact(one, "id");
  result.method = text_fact(one, "method");
  result.label = text_fact(one, "label").empty() ? result.method : text_fact(one, "label");
  result.network = text_fact(one, "network");
  result.dataset = text_fact(one, "dataset");
  result.budget = text_fact(one, "budget");
  result.requested_bitops = integer_fact(one, "budget_bitops");
  result.seed = integer_fact(one, "seed").value_or(0);
  result.float_key = text_fact(one, "float");
  result.prepare_key = text_fact(one, "prepare");
  result.deploy_key = text_fact(one, "deploy");
  if (const auto& splits = fact(one, "evaluate"); splits.is_object())
    for (const auto& [split, key] : splits.items())
      if (key.is_string() && !key.get<std::string>().empty())
        result.evaluate_keys[split] = key.get<std::string>();
  return result;
}

}  // namespace

const char* to_text(Status status) {
  switch (status) {
    case Status::done:
      return "done";
    case Status::unsupported:
      return "unsupported";
    case Status::failed:
      return "failed";
    case Status::missing:
      return "missing";
    case Status::damaged:
      return "damaged";
  }
  return "missing";
}

StudyData collect(const Store& store, const Json& plan) {
  const auto& cases = fact(plan, "cases");
  if (text_fact(plan, "name").empty() || !cases.is_array())
    throw_input({"not the plan of a study", "the stored plan", "{\"name\": …, \"cases\": […]}",
                 "run the study again"});
  StudyData data;
  data.name = text_fact(plan, "name");
  Collector collector(store, data);
  for (const auto& one : cases) {
    data.cases.push_back(read_case(one));
    collector.fill(data.cases.back());
  }
  return data;
}

}  // namespace mpq::analysis
