#include "quant/cost.h"

#include <cmath>

#include "core/error.h"

namespace mpq::quant {
namespace {

// LIMPQ's public search multiplies the two output sides before flooring them.
std::int64_t unfloored_macs(const LayerFacts& l) {
  if (l.kind == LayerKind::linear) return l.macs();
  const auto side = [&](std::int64_t in, std::int64_t kernel) {
    return static_cast<double>(in + 2 * l.padding - kernel) / static_cast<double>(l.stride) + 1.0;
  };
  return l.weight_count() *
         static_cast<std::int64_t>(std::floor(side(l.in_h, l.kernel_h) * side(l.in_w, l.kernel_w)));
}

struct NamedConvention {
  Convention convention;
  const char* name;
};
constexpr NamedConvention kConventions[] = {{Convention::ends_8x8, "ends_8x8"},
                                            {Convention::classifier_act_searched, "classifier_act_searched"},
                                            {Convention::unfloored_positions, "unfloored_positions"},
                                            {Convention::searched_only, "searched_only"}};

}  // namespace

std::vector<Convention> all_conventions() {
  std::vector<Convention> all;
  for (const auto& named : kConventions) all.push_back(named.convention);
  return all;
}

std::string to_string(Convention convention) {
  for (const auto& named : kConventions)
    if (named.convention == convention) return named.name;
  return {};
}

Convention parse_convention(std::string_view name, const std::string& where) {
  std::vector<std::string> names;
  for (const auto& named : kConventions) {
    if (name == named.name) return named.convention;
    names.emplace_back(named.name);
  }
  throw_input({"unknown cost convention '" + std::string(name) + "'", where, "one of: " + join(names),
               did_you_mean(name, names, "choose one of them")});
}

std::int64_t layer_bitops(const LayerFacts& layer, Bits bits, Convention convention) {
  const auto macs = convention == Convention::unfloored_positions ? unfloored_macs(layer) : layer.macs();
  return macs * bits.weight * bits.act;
}

std::int64_t bitops(const std::vector<LayerFacts>& layers, const Policy& policy, Convention convention) {
  std::int64_t total = 0;
  std::size_t site = 0;
  for (const auto& layer : layers) {
    Bits bits{kPinnedBits, kPinnedBits};
    if (layer.is_site()) {
      require(site < policy.size(), "a policy has fewer entries than the network has sites");
      bits = policy[site++];
    } else if (convention == Convention::searched_only) {
      continue;
    } else if (&layer == &layers.back() && convention == Convention::classifier_act_searched && site > 0) {
      bits.act = policy[site - 1].act;
    }
    total += layer_bitops(layer, bits, convention);
  }
  require(site == policy.size(), "a policy has more entries than the network has sites");
  return total;
}

std::int64_t size_bits(const std::vector<LayerFacts>& layers, const Policy& policy) {
  std::int64_t total = 0;
  std::size_t site = 0;
  for (const auto& layer : layers)
    total += layer.weight_count() * (layer.is_site() ? policy.at(site++).weight : kPinnedBits);
  return total;
}

Json to_json(const std::vector<SiteLists>& lists) {
  Json all = Json::array();
  for (const auto& l : lists) all.push_back({{"weight", l.weight}, {"act", l.act}});
  return all;
}

std::vector<SiteLists> lists_from_json(const Json& json) {
  std::vector<SiteLists> lists;
  for (const auto& l : json)
    lists.push_back({l.at("weight").get<std::vector<int>>(), l.at("act").get<std::vector<int>>()});
  return lists;
}

Policy smallest_policy(const std::vector<SiteLists>& lists) {
  Policy policy;
  for (const auto& l : lists) policy.push_back({l.weight.back(), l.act.back()});
  return policy;
}

Policy largest_policy(const std::vector<SiteLists>& lists) {
  Policy policy;
  for (const auto& l : lists) policy.push_back({l.weight.front(), l.act.front()});
  return policy;
}

Policy uniform_policy(const std::vector<SiteLists>& lists, Bits bits) {
  const auto fit = [](const std::vector<int>& list, int wanted) {
    int best = list.front();
    for (const int candidate : list)
      if (candidate >= wanted) best = candidate;  // descending: the last one that is large enough
    return best;
  };
  Policy policy;
  for (const auto& l : lists) policy.push_back({fit(l.weight, bits.weight), fit(l.act, bits.act)});
  return policy;
}

}  // namespace mpq::quant
