#include "quant/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "core/error.h"

namespace mpq::quant {

std::string to_string(const Policy& policy) {
  if (policy.empty()) return "none";
  const bool uniform = std::all_of(policy.begin(), policy.end(), [&](Bits b) { return b == policy.front(); });
  return uniform ? fmt::format("w{}a{}", policy.front().weight, policy.front().act) : "mixed";
}

Json to_json(const Policy& policy) {
  Json weight = Json::array(), act = Json::array();
  for (const auto& bits : policy) {
    weight.push_back(bits.weight);
    act.push_back(bits.act);
  }
  return {{"weight_bits", weight}, {"act_bits", act}};
}

Policy policy_from_json(const Json& json) {
  Policy policy;
  for (std::size_t i = 0; i < json.at("weight_bits").size(); ++i)
    policy.push_back({json.at("weight_bits").at(i), json.at("act_bits").at(i)});
  return policy;
}

Bits parse_uniform(const std::string& text, const std::string& where) {
  Bits bits;
  char rest = 0;
  if (std::sscanf(text.c_str(), "w%2da%2d%c", &bits.weight, &bits.act, &rest) != 2 || bits.weight < 1 ||
      bits.act < 1)
    throw_input({"'" + text + "' is no uniform policy", where,
                 "wXaY, e.g. w3a3, or an integer number of BitOPs", "write e.g. \"w3a3\""});
  return bits;
}

}  // namespace mpq::quant
