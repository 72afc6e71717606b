#include "models/load_state.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "models/checkpoint_source.h"

namespace mpq::models {
namespace {

using checkpoint::shape_text;
using checkpoint::shown;

bool is_optional(const std::string& name) { return name.ends_with("num_batches_tracked"); }

bool shape_fits(const torch::Tensor& given, const torch::Tensor& target) {
  const auto sizes = target.sizes();
  if (given.dim() > target.dim()) return false;
  const auto lead = sizes.slice(0, static_cast<std::size_t>(target.dim() - given.dim()));
  return std::all_of(lead.begin(), lead.end(), [](std::int64_t size) { return size == 1; }) &&
         given.sizes() == sizes.slice(lead.size());
}

std::string type_text(const torch::Tensor& tensor) { return c10::toString(tensor.scalar_type()); }

/// Everything that is wrong, by kind.
struct Faults {
  std::vector<std::string> missing, extra, repeated, shapes, types;

  bool none() const {
    return missing.empty() && extra.empty() && repeated.empty() && shapes.empty() && types.empty();
  }
  std::string text() const {
    std::vector<std::string> parts;
    const auto add = [&](const std::vector<std::string>& names, const std::string& title) {
      if (!names.empty()) parts.push_back(std::to_string(names.size()) + " " + title + ": " + join(names));
    };
    add(missing, "missing");
    add(extra, "extra");
    add(repeated, "given twice");
    add(shapes, "of another shape");
    add(types, "of another type");
    return join(parts, "; ");
  }
};

using ByName = std::unordered_map<std::string, torch::Tensor>;

ByName collect(const StateDict& given, const std::map<std::string, std::string>& renames, Faults& faults) {
  ByName tensors;
  for (const auto& [name, tensor] : given) {
    const auto target = renamed(name, renames);
    if (!tensors.emplace(target, tensor).second) faults.repeated.push_back(shown(target));
  }
  return tensors;
}

/// Pairs of (given, target) that fit; everything else goes to `faults`.
std::vector<std::pair<torch::Tensor, torch::Tensor>> match(const StateDict& given, const StateDict& network,
                                                           const std::map<std::string, std::string>& renames,
                                                           Faults& faults) {
  const auto tensors = collect(given, renames, faults);
  std::vector<std::pair<torch::Tensor, torch::Tensor>> pairs;
  std::unordered_set<std::string> used;
  for (const auto& [name, target] : network) {
    used.insert(name);
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      if (!is_optional(name)) faults.missing.push_back(shown(name));
    } else if (!shape_fits(found->second, target)) {
      if (!is_optional(name))
        faults.shapes.push_back(shown(name) + " is " + shape_text(found->second.sizes()) + ", not " +
                                shape_text(target.sizes()));
    } else if (found->second.is_floating_point() != target.is_floating_point()) {
      faults.types.push_back(shown(name) + " is " + type_text(found->second) + ", not " + type_text(target));
    } else {
      pairs.emplace_back(found->second, target);
    }
  }
  for (const auto& [name, tensor] : given)
    if (const auto target = renamed(name, renames); !used.contains(target) && !is_optional(target))
      faults.extra.push_back(shown(name));
  return pairs;
}

}  // namespace

std::string renamed(const std::string& name, const std::map<std::string, std::string>& renames) {
  for (const auto& [from, to] : renames) {
    const bool prefix = from.ends_with('.') && name.starts_with(from);
    if (prefix || name == from) return to + name.substr(from.size());
  }
  return name;
}

void load_state(const StateDict& given, const StateDict& network, const std::string& where,
                const std::map<std::string, std::string>& renames) {
  Faults faults;
  const auto pairs = match(given, network, renames, faults);
  if (!faults.none())
    throw_input(
        {"the weights do not fit the network: " + faults.text(), where,
         "the " + std::to_string(network.size()) + " tensors of the network, each with its shape and type",
         "choose the network that the weights belong to (same depth, width and number of classes)"});
  const c10::NoGradGuard no_grad;
  for (const auto& [from, to] : pairs) {
    auto target = to;
    target.copy_(from.reshape(target.sizes()));
  }
}

}  // namespace mpq::models
