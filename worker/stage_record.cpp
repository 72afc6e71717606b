#include "worker/stage_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "methods/task.h"

namespace mpq::worker {

using results::StageRecord;

namespace {

// A float network is charged 32 × 32 for what the convention counts.
std::int64_t charged_bitops(models::Network& net, const std::vector<quant::LayerFacts>& facts,
                            const quant::Policy& policy, quant::Convention convention) {
  if (net.is_quantized()) return quant::bitops(facts, policy, convention);
  std::int64_t total = 0;
  for (const auto& layer : facts)
    if (layer.is_site() || convention != quant::Convention::searched_only)
      total += quant::layer_bitops(layer, {quant::kFloatBits, quant::kFloatBits}, convention);
  return total;
}

std::int64_t charged_size(models::Network& net, const std::vector<quant::LayerFacts>& facts,
                          const quant::Policy& policy) {
  if (net.is_quantized()) return quant::size_bits(facts, policy);
  std::int64_t total = 0;
  for (const auto& layer : facts) total += quant::kFloatBits * layer.weight_count();
  return total;
}

}  // namespace

void put_tensors(StageRecord& record, const models::StateDict& tensors) {
  for (const auto& [name, tensor] : tensors) record.arrays["/tensors/" + name] = methods::to_array(tensor);
}

void put_costs(StageRecord& record, const Meter& meter) {
  record.summary["costs"] = meter.to_json();
  for (const auto& [phase, counters] : record.summary["costs"].items())
    for (const auto& [counter, value] : counters.items())
      record.arrays["/costs/" + phase + "/" + counter] =
          value.is_number_float() ? Array::of(std::vector<double>{value.get<double>()}, {})
                                  : Array::of(std::vector<std::int64_t>{value.get<std::int64_t>()}, {});
}

void put_policy(StageRecord& record, models::Network& net, const Json& settings) {
  const auto facts = net.facts();
  const auto policy = net.policy();
  Json sites = Json::array(), names = Json::array(), weight_bits = Json::array(), act_bits = Json::array();
  if (net.is_quantized())
    for (const auto* site : net.sites()) {
      sites.push_back(site->name());
      weight_bits.push_back(site->bits().weight);
      act_bits.push_back(site->bits().act);
    }
  record.summary["policy"] = {{"sites", sites}, {"weight_bits", weight_bits}, {"act_bits", act_bits}};
  Json by_convention = Json::object();
  for (const auto convention : quant::all_conventions())
    by_convention[quant::to_string(convention)] = charged_bitops(net, facts, policy, convention);
  const auto convention = settings.at("convention").get<std::string>();
  const auto& wanted = settings.at("budget");
  record.summary["cost"] = {{"convention", convention},
                            {"requested_bitops", wanted.is_null() ? Json() : wanted.at("bitops")},
                            {"achieved_bitops", by_convention.at(convention)},
                            {"achieved_size_bits", charged_size(net, facts, policy)},
                            {"by_convention", by_convention}};
  std::vector<std::int64_t> macs, weights;
  std::vector<std::int32_t> bits[4];
  for (const auto& layer : net.layers()) {
    const auto executed = layer->executed_bits(), charged = layer->bits();
    names.push_back(layer->name());
    macs.push_back(layer->facts().macs());
    weights.push_back(layer->facts().weight_count());
    const int values[] = {charged.weight, charged.act, executed.weight, executed.act};
    for (int i = 0; i < 4; ++i) bits[i].push_back(values[i]);
  }
  record.summary["layers"] = names;
  record.arrays["/sites/macs"] = Array::of(macs);
  record.arrays["/sites/weight_count"] = Array::of(weights);
  const char* paths[] = {"weight_bits", "act_bits", "executed_weight_bits", "executed_act_bits"};
  for (int i = 0; i < 4; ++i) record.arrays[std::string("/sites/") + paths[i]] = Array::of(bits[i]);
}

void put_predictions(StageRecord& record, const std::string& split, const training::Predictions& seen) {
  const auto count = static_cast<std::int64_t>(seen.label.size());
  const auto base = "/predictions/" + split + "/";
  record.arrays[base + "image_index"] = Array::of(seen.image_index);
  record.arrays[base + "label"] = Array::of(seen.label);
  record.arrays[base + "top5"] = Array::of(seen.top5, {count, 5});
  record.arrays[base + "true_probability"] = Array::of(seen.true_probability);
  double top1 = 0, top5 = 0, entropy = 0;
  for (std::size_t i = 0; i < seen.label.size(); ++i) {
    if (!std::isfinite(seen.true_probability[i]))
      throw Error(ErrorKind::case_failed,
                  {fmt::format("the network gives image {} of {} the probability {}", seen.image_index[i],
                               split, seen.true_probability[i]),
                   "evaluation", "finite logits", "lower recipe.lr or set recipe.clip_value, and run again"});
    const auto* best = &seen.top5[5 * i];
    top1 += best[0] == seen.label[i];
    for (int k = 0; k < 5; ++k) top5 += best[k] == seen.label[i];
    entropy -= std::log(std::max(1e-30, static_cast<double>(seen.true_probability[i])));
  }
  const auto n = static_cast<double>(std::max<std::int64_t>(1, count));
  record.summary["metrics"][split] = {
      {"top1", top1 / n}, {"top5", top5 / n}, {"cross_entropy", entropy / n}, {"images", count}};
}

}  // namespace mpq::worker
