#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/named_entries.h"
#include "core/options.h"
#include "models/network.h"

namespace mpq::models {

struct NetworkInfo {
  std::string name, title, citation;
  int revision = 1;
  std::vector<OptionInfo> options;
  /// Renames other checkpoints need, prefix → prefix ("linear." → "fc.").
  std::map<std::string, std::string> renames;
};

/// What surrounds a network: picture size and number of classes come from the data set.
struct NetworkContext {
  std::int64_t classes = 10, channels = 3, height = 32, width = 32;
  std::uint64_t seed = 0;
  bool draw_weights = true;  ///< false: all zero, for whoever loads them at once
};

struct Entry {
  NetworkInfo info;
  /// Adds the blocks of the network to an empty one.
  std::function<void(Network&, const Json& options, const NetworkContext&)> build;
};

class Registry : public NamedEntries<Entry> {
 public:
  Registry() : NamedEntries("network", "see `mpq list models`") {}
  void add(Entry entry) { put(std::move(entry)); }
};

const Registry& registry();
void register_all(Registry& registry);  // generated

/// A float network with He-normal weights. `options` are completed with defaults.
std::unique_ptr<Network> make_network(const std::string& name, const Json& options,
                                      const NetworkContext& context);

/// At file scope of a network's file: MPQ_REGISTER_NETWORK(resnet_cifar) { registry.add({…}); }
#define MPQ_REGISTER_NETWORK(name) void register_##name(Registry& registry)

}  // namespace mpq::models
