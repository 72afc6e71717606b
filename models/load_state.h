#pragma once

#include <map>
#include <string>

#include "models/checkpoint.h"

namespace mpq::models {

/// `name` after the first rename that fits it.
std::string renamed(const std::string& name, const std::map<std::string, std::string>& renames);

/// Copies the tensors of a checkpoint into those of a network, all or none.
///
/// given:   as read; a rename `"linear." → "fc."` (ends with a dot) replaces a prefix, any other a whole name.
/// network: the tensors to be overwritten, in the order of messages; keep their type, device, layout and
///          gradient flag. A given shape [C] fits [1, …, 1, C]. Floats fit floats and integers fit integers.
/// Names that end in num_batches_tracked may be missing, extra or of another shape; then they stay as they
/// are. Throws Error(input) that lists every missing, extra, repeated, mis-shaped and mis-typed name; nothing
/// is copied then. `where` is the checkpoint's path.
void load_state(const StateDict& given, const StateDict& network, const std::string& where,
                const std::map<std::string, std::string>& renames = {});

}  // namespace mpq::models
