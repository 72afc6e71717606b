#include "datasets/registry.h"

#include <utility>
#include <vector>

namespace mpq::datasets {

void Registry::add(Entry entry) {
  const auto name = entry.info.name;
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
