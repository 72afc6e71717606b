#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace mpq {

/// What the files of one folder have registered, by name. `Entry` has `info.name`.
template <class Entry>
class NamedEntries {
 public:
  /// `kind` as messages call it ("network"); `otherwise` is their advice where no name is near.
  NamedEntries(std::string kind, std::string otherwise)
      : kind_(std::move(kind)), otherwise_(std::move(otherwise)) {}

  /// Throws Error(input) naming `where` and the nearest name.
  const Entry& find(const std::string& name, const std::string& where) const {
    if (const auto found = entries_.find(name); found != entries_.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, entry] : entries_) names.push_back(known);
    throw_input({"unknown " + kind_ + " '" + name + "'", where, "one of: " + join(names),
                 did_you_mean(name, names, otherwise_)});
  }
  const std::map<std::string, Entry>& all() const { return entries_; }

 protected:
  void put(Entry entry) {
    const auto name = entry.info.name;
    require(entries_.emplace(name, std::move(entry)).second, kind_ + " '" + name + "' is registered twice");
  }

 private:
  std::string kind_, otherwise_;
  std::map<std::string, Entry> entries_;
};

}  // namespace mpq
