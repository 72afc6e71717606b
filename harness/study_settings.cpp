#include <filesystem>

#include "harness/study.h"
#include "harness/study_section.h"

namespace mpq::harness {
namespace {

Json beyond_defaults(const Json& options, const Json& defaults) {
  Json given = Json::object();
  for (const auto& [name, value] : options.items())
    if (!defaults.contains(name) || defaults.at(name) != value) given[name] = value;
  return given;
}

Json described(const Choice& choice) {
  Json all = {{"label", choice.label},
              {"name", choice.name},
              {"options", beyond_defaults(choice.options, default_options(choice.item->options))}};
  if (choice.checkpoint)
    all["checkpoint"] = std::filesystem::path(choice.checkpoint->path).filename().string();
  return all;
}

}  // namespace

Json settings_of(const Study& study) {
  Json networks = Json::array(), datasets = Json::array(), methods = Json::array();
  for (const auto& network : study.networks) networks.push_back(described(network));
  for (const auto& dataset : study.datasets) datasets.push_back(described(dataset));
  for (const auto& rows : study.methods) {
    methods.push_back(described(rows.method));
    methods.back()["recipe"] = beyond_defaults(rows.recipe, study.recipe_defaults);
  }
  return {{"networks", networks},
          {"datasets", datasets},
          {"pretrain", beyond_defaults(study.pretrain, study.recipe_defaults)},
          {"methods", methods}};
}

}  // namespace mpq::harness
