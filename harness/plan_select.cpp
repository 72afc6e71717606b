#include <fnmatch.h>

#include <set>

#include "core/error.h"
#include "harness/plan.h"

namespace mpq::harness {
namespace {

/// An id itself, its first parts ("lsq/resnet8"), or a shell pattern over the whole id.
bool names(const std::string& pattern, const std::string& id) {
  return id == pattern || id.starts_with(pattern + "/") || ::fnmatch(pattern.c_str(), id.c_str(), 0) == 0;
}

}  // namespace

std::vector<std::size_t> select_cases(const Plan& plan, const std::vector<std::string>& patterns) {
  std::set<std::size_t> chosen;
  for (const auto& pattern : patterns) {
    std::vector<std::string> ids;
    bool matched = false;
    for (std::size_t i = 0; i < plan.cases.size(); ++i) {
      ids.push_back(plan.cases[i].id);
      if (!names(pattern, ids.back())) continue;
      matched = true;
      chosen.insert(i);
    }
    if (matched) continue;
    const auto near = nearest(pattern, ids);
    throw_input({"no case is called '" + pattern + "'", plan.study.file + ", --only",
                 "a case id, its first parts, or a pattern with '*', as `mpq run --dry-run` lists them",
                 near.empty() ? "list them with --dry-run" : "did you mean '" + near + "'?"});
  }
  if (patterns.empty())
    for (std::size_t i = 0; i < plan.cases.size(); ++i) chosen.insert(i);
  return {chosen.begin(), chosen.end()};
}

std::vector<std::size_t> stages_of(const Plan& plan, const std::vector<std::size_t>& cases) {
  std::set<std::string> keys;
  for (const auto index : cases)
    for (const auto& key : plan.cases[index].keys()) keys.insert(key);
  std::vector<std::size_t> stages;
  for (std::size_t i = 0; i < plan.stages.size(); ++i)
    if (keys.contains(plan.stages[i].key)) stages.push_back(i);
  return stages;
}

}  // namespace mpq::harness
