#include "methods/registry.h"

#include <algorithm>

#include "core/error.h"

namespace mpq::methods {

void Registry::add_entry(Entry entry) {
  const auto name = entry.info.name;
  for (const auto& option : entry.info.deploy_options)
    require(std::any_of(entry.info.options.begin(), entry.info.options.end(),
                        [&](const auto& known) { return known.name == option; }),
            "method '" + name + "' has no option '" + option + "', which it calls one of deploy");
  for (const auto& cost : entry.info.search_costs)
    for (const auto& factor : cost.factors)
      require(
          std::any_of(
              entry.info.options.begin(), entry.info.options.end(),
              [&](const auto& known) { return known.name == factor && known.default_value.is_number(); }) ||
              std::find(kSearchFactors.begin(), kSearchFactors.end(), factor) != kSearchFactors.end(),
          "method '" + name + "' has no number '" + factor + "', by which it says its search's cost grows");
  put(std::move(entry));
}

const Registry& registry() {
  static const Registry all = [] {
    Registry r;
    register_all(r);
    return r;
  }();
  return all;
}

}  // namespace mpq::methods
