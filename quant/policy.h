#pragma once

#include <string>
#include <vector>

#include "core/json.h"

namespace mpq::quant {

inline constexpr int kFloatBits = 32;  ///< a width that means: left in float
inline constexpr int kPinnedBits = 8;  ///< of the first convolution and of linear layers

/// Widths of one site.
struct Bits {
  int weight = kFloatBits, act = kFloatBits;
  bool operator==(const Bits&) const = default;
};

/// One pair per site, in site order.
using Policy = std::vector<Bits>;

/// "w3a4"-like text of a uniform policy, or "mixed".
std::string to_string(const Policy& policy);

/// {"weight_bits": […], "act_bits": […]}
Json to_json(const Policy& policy);
Policy policy_from_json(const Json& json);

/// The two numbers of "w3a4". Throws Error(input) naming `where`.
Bits parse_uniform(const std::string& text, const std::string& where);

}  // namespace mpq::quant
