#include "models/registry.h"

namespace mpq::models {

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
