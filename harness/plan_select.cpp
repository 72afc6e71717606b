#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "harness/plan.h"

namespace mpq::harness {
namespace {

/// An id itself, its first parts ("lsq/resnet8"), or a shell pattern over the whole id.
bool names_id(const std::string& pattern, const std::string& id) {
  return id == pattern || id.starts_with(pattern + "/") || ::fnmatch(pattern.c_str(), id.c_str(), 0) == 0;
}

/// As the id spells its parts ("random/mobilenet-v2"), or as studies do ("random_feasible/mobilenet_v2").
bool names(std::string pattern, const Case& row) {
  if (names_id(pattern, row.id)) return true;
  std::replace(pattern.begin(), pattern.end(), '_', '-');
  const auto slash = row.id.find('/');
  return names_id(pattern, row.id) || names_id(pattern, slug(row.method) + row.id.substr(slash));
}

/// The first parts of an id, as many as `pattern` has.
std::string as_many_parts(const std::string& id, const std::string& pattern) {
  auto left = std::count(pattern.begin(), pattern.end(), '/');
  std::size_t end = id.find('/');
  for (; left > 0 && end != std::string::npos; --left) end = id.find('/', end + 1);
  return id.substr(0, end);
}

}  // namespace

std::vector<std::size_t> select_cases(const Plan& plan, const std::vector<std::string>& patterns) {
  std::set<std::size_t> chosen;
  for (const auto& pattern : patterns) {
    std::vector<std::string> ids;
    bool matched = false;
    for (std::size_t i = 0; i < plan.cases.size(); ++i) {
      ids.push_back(as_many_parts(plan.cases[i].id, pattern));
      if (!names(pattern, plan.cases[i])) continue;
      matched = true;
      chosen.insert(i);
    }
    if (matched) continue;
    throw_input({"no case is called '" + pattern + "'", plan.study.file + ", --only",
                 "a case id, its first parts, or a pattern with '*', as `mpq run --dry-run` lists them",
                 did_you_mean(pattern, ids, "list them with --dry-run")});
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
