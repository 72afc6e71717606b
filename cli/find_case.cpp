#include "cli/find_case.h"

#include <string>
#include <utility>
#include <vector>

#include "cli/places.h"
#include "core/error.h"

namespace mpq::cli {

namespace {

results::CaseRow find_case(const results::Index& index, const std::string& id, const std::string& study) {
  std::vector<results::CaseRow> found;
  std::vector<std::string> ids, studies;
  std::vector<results::CaseRow> begun;  // an id may be cut where no other begins alike
  for (const auto& name : index.studies()) {
    if (!study.empty() && name != study) continue;
    for (auto& row : index.cases(name)) {
      ids.push_back(row.id);
      if (row.id.starts_with(id + "/")) begun.push_back(row);
      if (row.id != id) continue;
      studies.push_back(name);
      found.push_back(std::move(row));
    }
  }
  if (found.empty() && begun.size() == 1) return begun.front();
  if (found.size() == 1) return found.front();
  if (found.size() > 1)
    throw_input({"several studies have a case '" + id + "'", "the command line",
                 "--study with one of: " + join(studies), "add --study " + studies.back()});
  throw_input({"no case is called '" + id + "'",
               study.empty() ? "the studies of this store" : "study " + study,
               "a case id as `mpq run STUDY --dry-run` lists them",
               did_you_mean(id, ids, "list them with --dry-run")});
}

}  // namespace

NamedCase named_case(const Arguments& arguments) {
  auto store = existing_store(arguments);
  const auto index = existing_index(store);
  if (!index)
    throw_input(
        {"no study has run in this store", store.folder(), "a store with a study", "run a study first"});
  const auto study = arguments.has("study") ? stored_study(*index, arguments.text("study")) : "";
  auto row = find_case(*index, arguments.text("CASE"), study);
  return {std::move(store), std::move(row)};
}

}  // namespace mpq::cli
