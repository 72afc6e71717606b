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
  require(entries_.emplace(name, std::move(entry)).second, "method '" + name + "' is registered twice");
}

const Entry& Registry::find(const std::string& name, const std::string& where) const {
  const auto found = entries_.find(name);
  if (found != entries_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, entry] : entries_) names.push_back(known);
  const auto near = nearest(name, names);
  throw_input({"unknown method '" + name + "'", where, "one of: " + join(names),
               near.empty() ? "see `mpq list methods`" : "did you mean '" + near + "'?"});
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
