#include "datasets/registry.h"

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace mpq::datasets {
namespace {

constexpr const char* kNormalisation = "normalisation";

/// Mean and deviation by name; nothing for the set's own.
const std::array<float, 3>* statistics(const Json& options, bool deviation) {
  static const std::map<std::string, std::array<std::array<float, 3>, 2>> known = {
      {"imagenet", {{{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}}}},
      {"half", {{{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}}}}};
  if (!options.is_object()) return nullptr;  // none are given, which is null
  const auto found = known.find(options.value(kNormalisation, ""));
  return found == known.end() ? nullptr : &found->second[deviation ? 1 : 0];
}

Json without_normalisation(Json options) {
  if (options.is_object()) options.erase(kNormalisation);
  return options;
}

/// An option that every set has, whoever wrote it: published weights expect the normalisation they were trained under.
Entry with_normalisation(Entry entry) {
  entry.info.options.push_back({kNormalisation,
                                "string",
                                "own",
                                "mean and deviation by channel: the set's own, ImageNet's, or 0.5 and 0.5",
                                "what published weights expect",
                                {"own", "imagenet", "half"}});
  const auto opening = [](auto open) {
    return [open = std::move(open)](const Json& options, const std::string& folder) {
      auto dataset = open(without_normalisation(options), folder);
      if (const auto* mean = statistics(options, false))
        dataset.normalise_by(*mean, *statistics(options, true));
      return dataset;
    };
  };
  entry.open = opening(std::move(entry.open));
  if (entry.open_originals) entry.open_originals = opening(std::move(entry.open_originals));
  entry.fingerprint = [fingerprint = std::move(entry.fingerprint)](const Json& options,
                                                                   const std::string& folder) {
    return fingerprint(without_normalisation(options), folder);
  };
  if (entry.inspect)
    entry.inspect = [inspect = std::move(entry.inspect)](const Json& options, const std::string& folder) {
      return inspect(without_normalisation(options), folder);
    };
  if (entry.write_cache)
    entry.write_cache = [write = std::move(entry.write_cache)](const Json& options, const std::string& folder,
                                                               const ProgressSink& progress) {
      return write(without_normalisation(options), folder, progress);
    };
  return entry;
}

}  // namespace

void Registry::add(Entry entry) {
  const auto name = entry.info.name;
  entry = with_normalisation(std::move(entry));
  require(entries_.emplace(name, std::move(entry)).second, "two data sets are named '" + name + "'");
}

const Entry& Registry::find(const std::string& name, const std::string& where) const {
  if (const auto found = entries_.find(name); found != entries_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, entry] : entries_) names.push_back(known);
  const auto near = nearest(name, names);
  throw_input({"unknown data set '" + name + "'", where, "one of: " + join(names),
               near.empty() ? "choose one of them" : "did you mean '" + near + "'?"});
}

const Registry& registry() {
  static const Registry all = [] {
    Registry filled;
    register_all(filled);
    return filled;
  }();
  return all;
}

}  // namespace mpq::datasets
