#pragma once

#include "core/json.h"

namespace mpq::worker {

/// Writes the weights that a stage keeps as a .safetensors file, with metadata that say what they are: the
/// request's own `metadata`, the stage's key, network, data set, policy and cost, and the structure that fits them.
/// request: {"store", "key", "out", "metadata"}. Throws Error(input) for a stage without weights.
void export_weights(const Json& request);

}  // namespace mpq::worker
