#pragma once

#include <string>
#include <vector>

namespace mpq::harness {

/// A policy as `mpq export` writes it and others may: widths of every site, in order.
struct PolicyFile {
  std::string network;                     ///< empty: not said
  std::vector<std::string> sites;          ///< empty: not said
  std::vector<int> weight_bits, act_bits;  ///< of the same length
};

/// {"format": "mpq-policy", "version": 1, "weight_bits": [2..8, …], "act_bits": […]} and, if the writer says so,
/// "network" and "sites" (names). Other keys are the writer's own. Throws Error(input) naming file and key.
PolicyFile read_policy_file(const std::string& path);
/// The same of a text; `path` stands in messages.
PolicyFile parse_policy(const std::string& text, const std::string& path);

}  // namespace mpq::harness
