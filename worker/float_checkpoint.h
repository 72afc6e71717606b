#pragma once

#include <string>

#include "models/registry.h"

namespace mpq::worker {

/// Loads a float checkpoint of any readable layout into `network` (registered as `name`), with the renames
/// that the network declares. `new_head`: the last layer is not taken from the file and keeps the weights it has
/// (transfer to other classes). Throws Error(input) for a file whose SHA-256 is not `sha256`, for every fault
/// of the file, and with every missing, extra and mis-shaped name where it belongs to another network.
void load_float_checkpoint(models::Network& network, const std::string& name, const std::string& path,
                           const std::string& sha256, bool new_head = false);

}  // namespace mpq::worker
