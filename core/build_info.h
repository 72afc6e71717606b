#pragma once

#include "core/json.h"

namespace mpq {

/// Version, commit, dirty flag, compiler and build type of this build: {"version", "revision",
/// "dirty", "compiler", "build_type"}. Stored beside every result, never in a key.
Json build_info();

}  // namespace mpq
