#include <fmt/format.h>

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
  if (choice.checkpoint) {
    auto& told = all["checkpoint"];
    told = std::filesystem::path(choice.checkpoint->path).filename().string();
    if (!choice.dictionary.empty()) told = told.get<std::string>() + ", " + choice.dictionary;
    if (choice.recorded_top1)
      told = fmt::format("{}, known to reach {:g} %", told.get<std::string>(), *choice.recorded_top1);
    else if (!choice.new_head)
      told = told.get<std::string>() + ", whose accuracy is not known";
  }
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
