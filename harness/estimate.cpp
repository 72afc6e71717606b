#include "harness/estimate.h"

#include <algorithm>

namespace mpq::harness {
namespace {

/// One, plus every option that counts further passes of a step ("random_passes = 3").
double passes_per_step(const Json& options) {
  double passes = 1;
  for (const auto& [name, value] : options.items())
    if (name.ends_with("passes") && value.is_number_integer()) passes += value.get<double>();
  return passes;
}

}  // namespace

double estimated_epochs(const Stage& stage, const Study& study) {
  const double epochs = stage.settings.value("/recipe/epochs"_json_pointer, 0.0);
  if (stage.kind == "pretrain") return epochs;
  if (stage.kind == "evaluate") return 0;
  const Json& method = stage.settings.at("method");
  const auto name = method.at("name").get<std::string>();
  const auto rows = std::find_if(study.methods.begin(), study.methods.end(),
                                 [&](const auto& r) { return r.method.name == name; });
  if (rows == study.methods.end() || !rows->method.item->needs_training()) return 0;
  const bool one_shot = rows->method.item->family() == "one_shot";
  if (one_shot != (stage.kind == "prepare")) return 0;
  return epochs * (one_shot ? passes_per_step(method.at("options")) : 1.0);
}

}  // namespace mpq::harness
