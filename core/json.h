#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mpq {

/// Objects keep their keys sorted, so equal values have equal text.
using Json = nlohmann::json;

/// The text that keys are hashed from: no blanks, keys sorted, shortest round-trip numbers.
std::string canonical(const Json& value);

/// To be read: one line, or indented. Bytes of strangers that are no UTF-8 are replaced.
std::string text_of(const Json& value, int indent = -1);

/// Parses `text`. Throws Error(input) naming `where` and the position of the fault.
/// Refuses nesting deeper than 64.
Json parse_json(const std::string& text, const std::string& where);

}  // namespace mpq
