#include "analysis/report.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "analysis/figures.h"
#include "analysis/markdown.h"
#include "core/error.h"
#include "core/file.h"
#include "results/facts.h"
#include "results/index.h"

namespace mpq::analysis {
namespace {

using results::build_fact;
using results::text_fact;

Machine machine_of(const StageFacts& stage) {
  const auto& environment = stage.environment;
  const auto dirty = build_fact(environment, "dirty");
  return {text_fact(environment, "cpu"),
          text_fact(environment, "instruction_set"),
          text_fact(environment, "libtorch"),
          text_fact(environment, "device"),
          text_fact(build_fact(environment, "version"), ""),
          text_fact(build_fact(environment, "revision"), ""),
          text_fact(build_fact(environment, "compiler"), "") + " " +
              text_fact(build_fact(environment, "build_type"), ""),
          dirty.is_boolean() && dirty.get<bool>(),
          stage.threads,
          0,
          0};
}

bool same_machine(const Machine& a, const Machine& b) {
  return a.cpu == b.cpu && a.instruction_set == b.instruction_set && a.libtorch == b.libtorch &&
         a.device == b.device && a.version == b.version && a.revision == b.revision && a.build == b.build &&
         a.dirty == b.dirty && a.threads == b.threads;
}

std::vector<Machine> machines_of(const StudyData& data) {
  std::vector<Machine> machines;
  for (const auto& [key, stage] : data.stages) {
    const auto machine = machine_of(stage);
    auto known = std::find_if(machines.begin(), machines.end(),
                              [&](const auto& m) { return same_machine(m, machine); });
    if (known == machines.end()) known = machines.insert(machines.end(), machine);
    ++known->stages;
    for (const auto& [phase, cost] : stage.costs) known->wall_seconds += cost.wall_seconds;
  }
  std::stable_sort(machines.begin(), machines.end(),
                   [](const auto& a, const auto& b) { return a.stages > b.stages; });
  return machines;
}

std::vector<TestLooks> looks_of(const results::Store& store, const StudyData& data) {
  std::map<std::string, std::set<std::string>> keys;
  for (const auto& one : data.cases) {
    const auto start = data.stages.find(one.float_key);
    auto& looked = keys[start == data.stages.end() ? one.dataset : start->second.dataset];
    if (start != data.stages.end() && start->second.looks_at_test) looked.insert(one.float_key);
    const auto test = one.evaluate_keys.find("test");
    if (test == one.evaluate_keys.end()) continue;
    const auto stage = data.stages.find(test->second);
    if (stage != data.stages.end() && stage->second.status == "done") looked.insert(test->second);
  }
  std::vector<TestLooks> looks;
  for (const auto& [dataset, looked] : keys)
    looks.push_back({dataset, static_cast<std::int64_t>(looked.size()), -1});
  try {
    const results::Index index(store, results::Index::Access::read);
    for (auto& one : looks) one.in_store = index.test_looks(one.dataset);
  } catch (const Error&) {
    // The index is a convenience; a report does without.
  }
  return looks;
}

void note_mixtures(Report& report) {
  std::set<std::string> revisions, conventions;
  for (const auto& machine : report.machines) {
    revisions.insert(machine.revision);
    if (machine.dirty)
      report.problems.push_back("Some stages were computed by a build with uncommitted changes (revision " +
                                machine.revision + ").");
  }
  if (revisions.size() > 1)
    report.problems.push_back("The stages were computed by " + std::to_string(revisions.size()) +
                              " different revisions.");
  for (const auto& row : report.rows)
    for (const auto* d : row.deployments()) conventions.insert(d->convention);
  if (conventions.size() > 1)
    report.problems.push_back("Rows count BitOPs under different conventions; compare only rows of one.");
}

void check_reference(const Report& report) {
  std::vector<std::string> labels;
  for (const auto& row : report.rows)
    if (!row.is_float && std::find(labels.begin(), labels.end(), row.label) == labels.end())
      labels.push_back(row.label);
  const auto& wanted = report.options.reference;
  if (wanted.empty() || std::find(labels.begin(), labels.end(), wanted) != labels.end()) return;
  throw_input({"no row is labelled '" + wanted + "'", "the reference of the report",
               "one of: " + join(labels), did_you_mean(wanted, labels, "take a label of the study")});
}

}  // namespace

const char* to_text(Claim::Verdict verdict) {
  switch (verdict) {
    case Claim::Verdict::inside:
      return "inside the interval";
    case Claim::Verdict::outside:
      return "outside the interval";
    case Claim::Verdict::no_such_case:
      return "no such case";
    case Claim::Verdict::no_result:
      return "no result";
  }
  return "no result";
}

Report make_report(const results::Store& store, const Json& plan, const ReportOptions& options) {
  Report report;
  report.options = options;
  report.data = collect(store, plan);
  if (const auto said = plan.value("settings", Json()); said.is_object()) report.settings = said;
  report.rows = make_rows(report.data);
  check_reference(report);
  report.measured = measure_rows(report.rows, report.problems);
  report.comparisons = compare_rows(report.rows, options.reference);
  report.costs = method_costs(report.rows, report.data);
  report.break_evens = break_evens(report.costs);
  report.machines = machines_of(report.data);
  report.test_looks = looks_of(store, report.data);
  note_mixtures(report);
  return report;
}

ReportFiles write_report(const Report& report, const std::string& folder) {
  ReportFiles files{folder + "/report.md", folder + "/results.csv", {}, ""};
  make_folders(folder + "/figures");
  const auto figures = draw_figures(report, folder + "/figures");
  for (const auto& figure : figures.figures) files.figures.push_back(folder + "/figures/" + figure.file);
  files.note = figures.note;
  write_whole(files.csv, results_csv(report));
  write_whole(files.markdown, to_markdown(report, figures));
  return files;
}

}  // namespace mpq::analysis
