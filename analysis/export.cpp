#include <fmt/format.h>

#include "analysis/csv.h"
#include "analysis/report.h"

namespace mpq::analysis {
namespace {

constexpr const char* kColumns =
    "study,case,label,method,network,dataset,budget,seed,status,reason,split,images,top1,top1_low,top1_high,"
    "top5,cross_entropy,"
    "to_float,to_float_low,to_float_high,convention,requested_bitops,achieved_bitops,achieved_size_bits,"
    "prepare_image_passes,"
    "deploy_image_passes,deploy_optimizer_steps,prepare_seconds,deploy_seconds,prepare_key,deploy_key,"
    "evaluate_key\n";

std::string number(double value) { return fmt::format("{}", value); }

std::vector<std::string> interval_cells(const Interval& i) {
  return {number(i.value), number(i.low), number(i.high)};
}

void append(std::vector<std::string>& cells, std::vector<std::string> more) {
  cells.insert(cells.end(), more.begin(), more.end());
}

const CaseResult* float_case(const Report& report, const CaseResult& one, const std::string& split) {
  for (const auto& other : report.data.cases)
    if (!other.has_budget() && other.float_key == one.float_key && other.predictions.contains(split))
      return &other;
  return nullptr;
}

std::vector<std::string> float_cells(const Report& report, const CaseResult& one, const std::string& split) {
  const auto* other = one.has_budget() ? float_case(report, one, split) : nullptr;
  if (!other || other->predictions.at(split).image_index != one.predictions.at(split).image_index)
    return {"", "", ""};
  return interval_cells(
      paired_difference({&one.predictions.at(split)}, {&other->predictions.at(split)}, one.id).difference);
}

std::vector<std::string> metric_cells(const Report& report, const CaseResult& one, const std::string& split) {
  const auto found = one.predictions.find(split);
  if (found == one.predictions.end()) return std::vector<std::string>(9, "");
  const auto metrics = measure({&found->second});
  std::vector<std::string> cells = {std::to_string(metrics.images)};
  append(cells, interval_cells(metrics.top1));
  append(cells, {number(metrics.top5.value), number(metrics.cross_entropy.value)});
  append(cells, float_cells(report, one, split));
  return cells;
}

std::vector<std::string> deployment_cells(const CaseResult& one) {
  const auto requested = one.requested_bitops ? std::to_string(*one.requested_bitops) : "";
  if (!one.deployment) return {"", requested, "", ""};
  const auto& d = *one.deployment;
  return {d.convention, requested, std::to_string(d.achieved_bitops), std::to_string(d.achieved_size_bits)};
}

Cost sum_of(const Report& report, const std::string& key) {
  Cost sum;
  const auto stage = report.data.stages.find(key);
  if (stage == report.data.stages.end()) return sum;
  for (const auto& [phase, cost] : stage->second.costs) {
    sum.forward_images += cost.forward_images;
    sum.backward_images += cost.backward_images;
    sum.optimizer_steps += cost.optimizer_steps;
    sum.wall_seconds += cost.wall_seconds;
  }
  return sum;
}

std::vector<std::string> cost_cells(const Report& report, const CaseResult& one) {
  const auto& stages = report.data.stages;
  const bool prepared = stages.contains(one.prepare_key), deployed = stages.contains(one.deploy_key);
  const auto prepare = sum_of(report, one.prepare_key), deploy = sum_of(report, one.deploy_key);
  const auto cell = [](bool known, std::string text) { return known ? std::move(text) : std::string(); };
  return {cell(prepared, number(image_passes(prepare))), cell(deployed, number(image_passes(deploy))),
          cell(deployed, std::to_string(deploy.optimizer_steps)),
          cell(prepared, number(prepare.wall_seconds)), cell(deployed, number(deploy.wall_seconds))};
}

std::string case_line(const Report& report, const CaseResult& one, const std::string& split,
                      const std::string& key) {
  std::vector<std::string> cells = {report.data.name,    one.id,      one.label,  one.method,
                                    one.network,         one.dataset, one.budget, std::to_string(one.seed),
                                    to_text(one.status), one.reason,  split};
  append(cells, metric_cells(report, one, split));
  append(cells, deployment_cells(one));
  append(cells, cost_cells(report, one));
  append(cells, {one.prepare_key, one.deploy_key, key});
  std::string line;
  for (const auto& cell : cells) line.append(line.empty() ? "" : ",").append(csv_cell(cell));
  return line.append("\n");
}

Json interval_json(const Interval& i) { return {{"value", i.value}, {"low", i.low}, {"high", i.high}}; }

Json row_json(const Row& row) {
  const auto requested = row.requested_bitops();
  return {{"label", row.label},
          {"method", row.method},
          {"network", row.network},
          {"dataset", row.dataset},
          {"budget", row.budget},
          {"requested_bitops", requested ? Json(*requested) : Json()},
          {"achieved_bitops", row.achieved_bitops()},
          {"achieved_size_bits", row.achieved_size_bits()}};
}

Json measured_json(const Measured& m) {
  auto json = row_json(*m.row);
  json["split"] = m.split;
  json["seeds"] = m.seeds;
  json["images"] = m.metrics.images;
  json["top1"] = interval_json(m.metrics.top1);
  json["top1_by_seed"] = m.metrics.top1_by_seed;
  json["top5"] = interval_json(m.metrics.top5);
  json["cross_entropy"] = interval_json(m.metrics.cross_entropy);
  json["to_float"] = m.to_float ? interval_json(m.to_float->difference) : Json();
  return json;
}

Json comparison_json(const Comparison& c) {
  Json json = {
      {"row", row_json(*c.row)}, {"reference", c.reference->label}, {"split", c.split}, {"seeds", c.seeds}};
  if (!c.problem.empty())
    json["problem"] = c.problem;
  else
    json["difference"] = interval_json(c.paired.difference), json["verdict"] = to_text(verdict(c.paired));
  return json;
}

Json cost_json(const MethodCost& c) {
  const auto once = c.prepare.total(), each = c.deploy.total();
  return {{"label", c.label},
          {"network", c.network},
          {"dataset", c.dataset},
          {"prepare_image_passes", once.image_passes()},
          {"deploy_image_passes", each.image_passes()},
          {"prepare_seconds", once.wall_seconds},
          {"deploy_seconds", each.wall_seconds},
          {"deploy_optimizer_steps", each.optimizer_steps},
          {"peak_memory_bytes", c.peak_memory_bytes}};
}

Json claim_json(const Claim& c) {
  return {
      {"line", c.line},     {"network", c.network}, {"dataset", c.dataset}, {"method", c.method},
      {"budget", c.budget}, {"metric", c.metric},   {"printed", c.printed}, {"verdict", to_text(c.verdict)},
      {"ours", c.ours},     {"split", c.split},     {"reason", c.reason},   {"source", c.source}};
}

}  // namespace

std::string results_csv(const Report& report) {
  std::string text = kColumns;
  for (const auto& one : report.data.cases) {
    for (const auto& [split, key] : one.evaluate_keys) text += case_line(report, one, split, key);
    if (one.evaluate_keys.empty()) text += case_line(report, one, "", "");
  }
  return text;
}

Json to_json(const Report& report) {
  Json json = {{"study", report.data.name},    {"cases", Json::array()}, {"rows", Json::array()},
               {"comparisons", Json::array()}, {"costs", Json::array()}, {"claims", Json::array()},
               {"notes", report.problems}};
  for (const auto& one : report.data.cases)
    json["cases"].push_back({{"id", one.id}, {"status", to_text(one.status)}, {"reason", one.reason}});
  for (const auto& m : report.measured) json["rows"].push_back(measured_json(m));
  for (const auto& c : report.comparisons) json["comparisons"].push_back(comparison_json(c));
  for (const auto& c : report.costs) json["costs"].push_back(cost_json(c));
  for (const auto& c : report.claims) json["claims"].push_back(claim_json(c));
  return json;
}

}  // namespace mpq::analysis
