#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/json.h"

namespace mpq::results {

/// Looks a value up by a path of names separated by '/', e.g. "cost/achieved_bitops"; "" is the value
/// itself. Records come from
/// files, so a missing part or another type is an answer (null, nothing), never an exception.
const Json& fact(const Json& object, const std::string& path);

/// The string at `path`, or "".
std::string text_fact(const Json& object, const std::string& path);
std::optional<std::int64_t> integer_fact(const Json& object, const std::string& path);
std::optional<double> number_fact(const Json& object, const std::string& path);
std::optional<bool> bool_fact(const Json& object, const std::string& path);

/// A fact about the build that computed a stage ("revision", "dirty", "version", …), whether the
/// environment holds core's build_info() under "build" or merged into itself.
const Json& build_fact(const Json& environment, const std::string& name);

}  // namespace mpq::results
