#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quant/policy.h"

namespace mpq::quant {

enum class LayerKind { first_conv, conv, linear };

/// Geometry of one quantized layer, for one image. Sites (layers whose widths are searched) are those of
/// kind `conv`; the first convolution and linear layers are pinned to 8 bits.
struct LayerFacts {
  std::string name;
  LayerKind kind = LayerKind::conv;
  std::int64_t in_channels = 0, out_channels = 0, kernel_h = 1, kernel_w = 1, stride = 1, padding = 0,
               groups = 1;
  std::int64_t in_h = 1, in_w = 1, out_h = 1, out_w = 1;
  bool signed_input = false;

  bool is_site() const { return kind == LayerKind::conv; }
  bool depthwise() const { return groups > 1 && in_channels == groups; }
  std::int64_t weight_count() const { return out_channels * (in_channels / groups) * kernel_h * kernel_w; }
  std::int64_t macs() const { return weight_count() * out_h * out_w; }
};

/// How BitOPs are counted; named by what they do (docs/architecture.md#costs). All count MACs × weight bits ×
/// activation bits of convolutions and linear layers for one image and nothing else.
enum class Convention {
  ends_8x8,                 ///< default: first convolution and linear layers charged at 8 × 8
  classifier_act_searched,  ///< the last layer charged at 8 × the activation width of the last site
  unfloored_positions,      ///< ends_8x8, but output sides are multiplied before they are rounded down
  searched_only             ///< sites alone
};

std::vector<Convention> all_conventions();
std::string to_string(Convention convention);
/// Throws Error(input) with the nearest name.
Convention parse_convention(std::string_view name, const std::string& where);

/// BitOPs of one image under `policy` (one pair per site, in order). Exact in int64.
std::int64_t bitops(const std::vector<LayerFacts>& layers, const Policy& policy,
                    Convention convention = Convention::ends_8x8);

/// BitOPs of one layer at the given widths, as bitops() charges it.
std::int64_t layer_bitops(const LayerFacts& layer, Bits bits, Convention convention = Convention::ends_8x8);

/// Weight storage in bits under `policy`: sites at their width, pinned layers at 8. Norms, biases and steps
/// are not counted (rfquant.md §9.3).
std::int64_t size_bits(const std::vector<LayerFacts>& layers, const Policy& policy);

/// Candidate widths of one site.
struct SiteLists {
  std::vector<int> weight, act;  ///< descending
  bool operator==(const SiteLists&) const = default;
};
/// [{"weight": […], "act": […]}, …], one per site.
Json to_json(const std::vector<SiteLists>& lists);
std::vector<SiteLists> lists_from_json(const Json& json);
Policy smallest_policy(const std::vector<SiteLists>& lists);
Policy largest_policy(const std::vector<SiteLists>& lists);
/// `bits` at every site; a site whose list lacks the width takes its next larger candidate, or its largest.
Policy uniform_policy(const std::vector<SiteLists>& lists, Bits bits);

/// Upper limit on BitOPs under a named convention.
struct Budget {
  std::int64_t bitops = 0;
  std::string label;  ///< "w3a3" or the number
  Convention convention = Convention::ends_8x8;
};

}  // namespace mpq::quant
