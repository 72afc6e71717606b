#pragma once

#include <string>

#include "models/registry.h"

namespace mpq::worker {

/// What a float network starts from.
struct FloatCheckpoint {
  std::string path, sha256;
  bool new_head =
      false;  ///< the last layer is not taken and keeps the weights it has (transfer to other classes)
  std::string dictionary = {};  ///< of a file with several, as models::ReadOptions has it
};

/// Loads a float checkpoint of any readable layout into `network` (registered as `name`), with the renames
/// that the network declares. Throws Error(input) for a file of another SHA-256, for every fault of the file, and with
/// every missing, extra and mis-shaped name where it belongs to another network.
void load_float_checkpoint(models::Network& network, const std::string& name, const FloatCheckpoint& file);

}  // namespace mpq::worker
