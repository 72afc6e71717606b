#include "models/registry.h"

#include "core/error.h"

namespace mpq::models {

void Registry::add(Entry entry) {
  const auto name = entry.info.name;
  require(entries_.emplace(name, std::move(entry)).second, "network '" + name + "' is registered twice");
}

const Entry& Registry::find(const std::string& name, const std::string& where) const {
  const auto found = entries_.find(name);
  if (found != entries_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, entry] : entries_) names.push_back(known);
  const auto near = nearest(name, names);
  throw_input({"unknown network '" + name + "'", where, "one of: " + join(names),
               near.empty() ? "see `mpq list models`" : "did you mean '" + near + "'?"});
}

const Registry& registry() {
  static const Registry all = [] {
    Registry r;
    register_all(r);
    return r;
  }();
  return all;
}

std::unique_ptr<Network> make_network(const std::string& name, const Json& options,
                                      const NetworkContext& context) {
  const auto& entry = registry().find(name, "network.name");
  auto network = std::make_unique<Network>();
  entry.build(*network, resolve_options(entry.info.options, options, "network '" + name + "', options"),
              context);
  network->finish(context.channels, context.height, context.width);
  if (context.draw_weights) network->draw_weights(context.seed);
  return network;
}

}  // namespace mpq::models
