#pragma once

#include "core/json.h"

namespace mpq::worker {

/// The catalogue: everything registered, with options and defaults. What `mpq` knows of methods and networks.
Json describe();

/// Sites, exact costs of uniform policies, the reachable interval, and for estimates the MACs and the values that all
/// layers put out for one image. request: {"network":
/// {"name", "options"}, "dataset": {"classes", "channels", "height", "width"}, "candidates": […]}.
Json inspect(const Json& request);

}  // namespace mpq::worker
