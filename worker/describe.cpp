#include "worker/describe.h"

#include <algorithm>

#include "datasets/registry.h"
#include "methods/registry.h"
#include "methods/retrain.h"
#include "models/registry.h"
#include "training/recipe.h"
#include "worker/float_checkpoint.h"

namespace mpq::worker {
namespace {

/// Raised whenever the core (training, quantization, search) would give other numbers for the same settings.
constexpr int kCoreRevision = 5;

Json to_json(const std::vector<methods::SearchCost>& costs) {
  Json all = Json::array();
  for (const auto& cost : costs)
    all.push_back({{"stage", cost.stage}, {"factors", cost.factors}, {"passes", cost.passes}});
  return all;
}

Json describe_methods() {
  Json all = Json::array();
  for (const auto& [name, entry] : methods::registry().all()) {
    const auto& i = entry.info;
    all.push_back({{"name", i.name},
                   {"title", i.title},
                   {"family", i.family},
                   {"citation", i.citation},
                   {"summary", i.summary},
                   {"revision", i.revision},
                   {"options", to_json(i.options)},
                   {"options_of_deploy", i.deploy_options},
                   {"search_costs", to_json(i.search_costs)},
                   {"needs",
                    {{"budget", i.needs.budget},
                     {"training", i.needs.training},
                     {"gradients", i.needs.gradients_in_deploy},
                     {"labels", i.needs.labels},
                     {"recipe_in_prepare", i.needs.recipe_in_prepare}}}});
  }
  return all;
}

Json describe_networks() {
  Json all = Json::array();
  for (const auto& [name, entry] : models::registry().all())
    all.push_back({{"name", name},
                   {"title", entry.info.title},
                   {"citation", entry.info.citation},
                   {"revision", entry.info.revision},
                   {"options", to_json(entry.info.options)}});
  return all;
}

Json describe_datasets() {
  Json all = Json::array();
  for (const auto& [name, entry] : datasets::registry().all()) {
    const auto& i = entry.info;
    all.push_back({{"name", name},
                   {"title", i.title},
                   {"citation", i.citation},
                   {"revision", i.revision},
                   {"classes", i.classes},
                   {"channels", i.channels},
                   {"height", i.height},
                   {"width", i.width},
                   {"train", i.train_count},
                   {"test", i.test_count},
                   {"search", i.search_count},
                   {"calib", i.calib_count},
                   {"folder", i.folder},
                   {"options", to_json(i.options)}});
  }
  return all;
}

}  // namespace

Json describe() {
  Json conventions = Json::array();
  for (const auto convention : quant::all_conventions()) conventions.push_back(quant::to_string(convention));
  return {{"format", 1},
          {"core_revision", kCoreRevision},
          {"methods", describe_methods()},
          {"networks", describe_networks()},
          {"datasets", describe_datasets()},
          {"recipe", to_json(describe_options<training::Recipe>())},
          {"conventions", conventions}};
}

Json inspect(const Json& request) {
  const auto& data = request.at("dataset");
  models::NetworkContext context;
  context.classes = data.at("classes"), context.channels = data.value("channels", 3);
  context.height = data.at("height"), context.width = data.at("width");
  context.draw_weights = false;
  auto network = models::make_network(request.at("network").at("name"),
                                      request.at("network").value("options", Json::object()), context);
  if (request.contains("checkpoint")) {
    const auto& file = request.at("checkpoint");
    load_float_checkpoint(
        *network, request.at("network").at("name"),
        {file.at("path"), file.at("sha256"), file.value("new_head", false), file.value("dictionary", "")});
  }
  const auto candidates = request.at("candidates").get<std::vector<int>>();
  const auto lists = methods::lists_of_study(*network, candidates);
  const auto facts = network->facts();

  Json sites = Json::array();
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const auto& f = network->sites()[i]->facts();
    sites.push_back({{"name", f.name},
                     {"macs", f.macs()},
                     {"weight_count", f.weight_count()},
                     {"signed", f.signed_input},
                     {"depthwise", f.depthwise()},
                     {"weight_bits", lists[i].weight},
                     {"act_bits", lists[i].act}});
  }
  std::int64_t parameters = 0;
  for (const auto& ref : network->tensors())
    if (ref.role != quant::Role::buffer) parameters += ref.tensor->numel();

  std::int64_t macs = 0, outputs = 0, widest = 0;
  for (const auto& layer : facts) {
    macs += layer.macs();
    const auto values = std::int64_t{layer.out_channels} * layer.out_h * layer.out_w;
    outputs += values;
    widest = std::max(widest, values);
  }

  Json uniform = Json::object(), reachable = Json::object();
  for (const auto convention : quant::all_conventions()) {
    const auto name = quant::to_string(convention);
    for (const int w : candidates)
      for (const int a : candidates)
        uniform[name]["w" + std::to_string(w) + "a" + std::to_string(a)] =
            quant::bitops(facts, quant::uniform_policy(lists, {w, a}), convention);
    reachable[name] = {quant::bitops(facts, quant::smallest_policy(lists), convention),
                       quant::bitops(facts, quant::largest_policy(lists), convention)};
  }
  return {{"sites", sites},           {"parameters", parameters}, {"macs", macs},
          {"layer_outputs", outputs}, {"widest_output", widest},  {"uniform", uniform},
          {"reachable", reachable}};
}

}  // namespace mpq::worker
