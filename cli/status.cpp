// mpq status: every study of the store, how far it is, and what runs now. Takes no lock.

#include <fmt/format.h>

#include <iostream>
#include <map>

#include "cli/commands.h"
#include "cli/places.h"
#include "cli/text_table.h"
#include "harness/case_state.h"
#include "harness/live_status.h"

namespace mpq::cli {
namespace {

Json study_state(const std::string& study, const results::Index& index, const results::Store& store,
                 const std::optional<Json>& live) {
  std::map<std::string, int> counts = {
      {"done", 0}, {"unsupported", 0}, {"failed", 0}, {"running", 0}, {"to do", 0}};
  Json failures = Json::array();
  for (const auto& row : index.cases(study)) {
    const auto state = harness::state_of(row, store, live);
    ++counts[state.state];
    if (!state.failure) continue;
    failures.push_back(state.failure->to_json());
    failures.back()["case"] = row.id;
  }
  return {{"study", study}, {"cases", counts}, {"failures", failures}};
}

void print_state(const Json& state, const std::string& folder) {
  TextTable table({"study", ">cases", ">done", ">unsupported", ">failed", ">running", ">to do"});
  for (const auto& study : state.at("studies")) {
    const auto counts = study.at("cases").get<std::map<std::string, int>>();
    int total = 0;
    for (const auto& [name, count] : counts) total += count;
    const auto cell = [&](const char* name) { return std::to_string(counts.at(name)); };
    table.add({study.at("study"), std::to_string(total), cell("done"), cell("unsupported"), cell("failed"),
               cell("running"), cell("to do")});
  }
  std::cout << "store " << folder << "\n"
            << (state.at("studies").empty() ? "no study has run here yet\n" : table.text());
  for (const auto& study : state.at("studies"))
    for (const auto& failure : study.at("failures"))
      std::cout << fmt::format("failed: {}: {}\n", failure.at("case").get<std::string>(),
                               failure.at("what").get<std::string>());
  if (state.at("running").is_null()) return;
  for (const auto& [key, stage] : state.at("running").at("stages").items())
    std::cout << fmt::format("running: {}: {}\n", stage.at("title").get<std::string>(),
                             stage.at("line").get<std::string>());
}

int status(const Arguments& arguments) {
  const auto store = existing_store(arguments);
  const auto live = harness::read_live_status(store);
  Json state = {{"store", store.folder()}, {"studies", Json::array()}, {"running", live ? *live : Json()}};
  if (const auto index = existing_index(store))
    for (const auto& study : index->studies())
      state["studies"].push_back(study_state(study, *index, store, live));
  if (arguments.has("json"))
    std::cout << text_of(state, 2) << "\n";
  else
    print_state(state, store.folder());
  return 0;
}

}  // namespace

Command status_command() {
  return {"status",
          {},
          "every study of the store: done, failed, to do, and what runs now",
          {store_option(), json_option()},
          {"mpq status", "mpq status --json"},
          status};
}

}  // namespace mpq::cli
