#include "datasets/registry.h"

#include <array>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace mpq::datasets {
namespace {

constexpr const char* kNormalisation = "normalisation";

struct Normalisation {
  std::array<float, 3> mean, std;
};

/// By the option's name; nothing for the set's own, which is also what holds where no options are given.
const Normalisation* normalisation(const Json& options) {
  static const std::map<std::string, Normalisation> known = {
      {"imagenet", {{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}}},
      {"half", {{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}}}};
  const auto found = options.is_object() ? known.find(options.value(kNormalisation, "")) : known.end();
  return found == known.end() ? nullptr : &found->second;
}

/// The function with the set's own options alone; an empty one stays empty.
template <class Result, class... More>
std::function<Result(const Json&, const std::string&, More...)> on_own_options(
    std::function<Result(const Json&, const std::string&, More...)> function) {
  if (!function) return function;
  return [function = std::move(function)](Json options, const std::string& folder, More... more) {
    if (options.is_object()) options.erase(kNormalisation);
    return function(options, folder, more...);
  };
}

std::function<Dataset(const Json&, const std::string&)> normalising(
    std::function<Dataset(const Json&, const std::string&)> open) {
  if (!open) return open;
  return [open = on_own_options(std::move(open))](const Json& options, const std::string& folder) {
    auto dataset = open(options, folder);
    if (const auto* chosen = normalisation(options)) dataset.normalise_by(chosen->mean, chosen->std);
    return dataset;
  };
}

/// An option that every set has, whoever wrote it: published weights expect the normalisation they were trained under.
Entry with_normalisation(Entry entry) {
  entry.info.options.push_back({kNormalisation,
                                "string",
                                "own",
                                "mean and deviation by channel: the set's own, ImageNet's, or 0.5 and 0.5",
                                "what published weights expect",
                                {"own", "imagenet", "half"}});
  entry.open = normalising(std::move(entry.open));
  entry.open_originals = normalising(std::move(entry.open_originals));
  entry.fingerprint = on_own_options(std::move(entry.fingerprint));
  entry.inspect = on_own_options(std::move(entry.inspect));
  entry.write_cache = on_own_options(std::move(entry.write_cache));
  return entry;
}

}  // namespace

void Registry::add(Entry entry) { put(with_normalisation(std::move(entry))); }

const Registry& registry() {
  static const Registry all = [] {
    Registry filled;
    register_all(filled);
    return filled;
  }();
  return all;
}

}  // namespace mpq::datasets
