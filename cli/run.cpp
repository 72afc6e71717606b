// mpq run: plan a study, run what is not finished, print the table, write the report.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "cli/commands.h"
#include "cli/places.h"
#include "cli/result_table.h"
#include "cli/run_plan.h"
#include "cli/run_view.h"
#include "cli/study_report.h"
#include "cli/text_table.h"
#include "core/build_info.h"
#include "core/error.h"
#include "harness/estimate.h"
#include "harness/ledger.h"
#include "harness/planned_study.h"
#include "harness/supervisor.h"

namespace mpq::cli {
namespace {

using harness::Plan;
using harness::SuperviseResult;

/// What the run is about, and how much of it is left to do.
struct Work {
  Plan plan;
  std::vector<std::size_t> cases, stages;
  std::size_t to_do = 0;
};

void print_start(const Work& work, const results::Store& store, const std::string& data, int jobs) {
  const auto build = build_info();
  std::cerr << fmt::format("mpq {} ({}, {})\n", build.at("version").get<std::string>(),
                           build.at("revision").get<std::string>(),
                           build.at("dirty").get<bool>() ? "with uncommitted changes" : "clean")
            << fmt::format("study  {}: {}, {}: {} done, {} to do\n", work.plan.study.name,
                           counted(work.cases.size(), "case"), counted(work.stages.size(), "stage"),
                           work.stages.size() - work.to_do, work.to_do)
            << fmt::format("store  {}   data  {}   {} at a time, {} each\n", store.folder(), data, jobs,
                           counted(static_cast<std::size_t>(work.plan.study.threads), "compute thread"));
}

SuperviseResult supervise(const Work& work, const results::Store& store,
                          const harness::SuperviseOptions& options, harness::Ledger& ledger) {
  if (work.to_do == 0) return {};
  harness::LiveStatus live(store, work.plan.study.name);
  RunView view(standard_screen(), work.to_do, &live);
  return harness::supervise(work.plan, work.stages, store, options, view,
                            [&](const auto& stage, const auto& record) { ledger.add(stage, record); });
}

/// The worst of what happened: our bug, then the machine, then the input, then a case that failed.
int exit_code_of(const SuperviseResult& result) {
  if (result.interrupted) return static_cast<int>(ErrorKind::interrupted);
  for (const auto kind : {ErrorKind::bug, ErrorKind::environment, ErrorKind::input, ErrorKind::case_failed})
    for (const auto& [key, failure] : result.failures)
      if (failure.kind == kind) return static_cast<int>(kind);
  return result.failures.empty() ? 0 : static_cast<int>(ErrorKind::case_failed);
}

/// A missing plotting program must not hide a finished run.
int report_after_run(const results::Store& store, const std::string& study, std::string& folder) {
  try {
    const auto kept = keep_report(store, study);
    folder = kept.folder;
    if (!kept.note.empty()) std::cerr << kept.note << "\n";
    return 0;
  } catch (const Error& e) {
    std::cerr << "mpq: the report could not be written; everything is stored. Try again: mpq report " << study
              << "\nmpq: " << e.what() << "\n";
    return e.exit_code();
  }
}

/// Neither must an index that another program holds.
int catch_up_after_run(harness::Ledger& ledger) {
  try {
    ledger.catch_up();
    return 0;
  } catch (const Error& e) {
    std::cerr << "mpq: not every result is in the index yet; everything is stored, and the same command adds "
                 "the rest\nmpq: "
              << e.what() << "\n";
    return e.exit_code();
  }
}

/// What a hint must repeat of this option to reach the same place.
std::string option_in_use(const Arguments& arguments, const std::string& option) {
  return arguments.has(option) ? " --" + option + " '" + arguments.text(option) + "'" : "";
}

int run(const Arguments& arguments) {
  const auto file = study_file(arguments.text("STUDY"));
  const auto folder = store_folder(arguments), data = data_folder(arguments);
  harness::SuperviseOptions options;
  options.jobs = arguments.whole("jobs", 1, 1, 1024);
  options.loader_threads = arguments.whole("loader-threads", 1, 1, 256);
  options.checkpoint_seconds = arguments.number("checkpoint-seconds", options.checkpoint_seconds, 0);
  options.limit_minutes = arguments.number("time-limit", 0, 0);
  options.data_folder = data;

  const bool dry = arguments.has("dry-run");
  std::optional<results::Store> store;
  if (!dry || results::Store::is_store(folder)) store.emplace(folder);
  const auto finished = [&](const std::string& key) { return store && store->finished(key); };
  auto planned = harness::plan_study(file, data, store ? store->cache_folder() : "", arguments.has("final"),
                                     finished, dry);
  options.worker = planned.installation.worker;

  Work work{std::move(planned.plan), {}, {}, 0};
  work.cases = harness::select_cases(work.plan, arguments.texts("only"));
  work.stages = harness::stages_of(work.plan, work.cases);
  if (dry) {
    const auto seconds = [&](const harness::Stage& stage) -> std::optional<double> {
      if (!finished(stage.key)) return std::nullopt;
      return results::read_stage_file(store->stage_path(stage.key), "none")
          .summary.value("wall_seconds", 0.0);
    };
    print_plan(work.plan, work.cases,
               {finished, harness::measured_flops(work.plan, seconds), planned.missing},
               arguments.has("json"));
    return 0;
  }

  const auto lock = store->lock();
  harness::Ledger ledger(*store, work.plan);
  work.to_do =
      static_cast<std::size_t>(std::count_if(work.stages.begin(), work.stages.end(), [&](auto stage) {
        return !finished(work.plan.stages[stage].key);
      }));
  print_start(work, *store, data, options.jobs);
  const auto result = supervise(work, *store, options, ledger);
  int code = exit_code_of(result);
  const int indexed = catch_up_after_run(ledger);
  std::string report;
  if (!result.interrupted)
    code = std::max({code, indexed, report_after_run(*store, work.plan.study.name, report)});
  print_results({work.plan, work.cases, *store, ledger.index(), file, report,
                 option_in_use(arguments, "store"), option_in_use(arguments, "data"), code},
                arguments.has("json"));
  return code;
}

}  // namespace

Command run_command() {
  return {
      "run",
      {"STUDY"},
      "run what is not finished of a study, then print its table and write its report",
      {{"jobs,j", "N", "stages at the same time (default 1); changes no number"},
       {"only", "CASE", "only this case: an id, its first parts, or a pattern with '*'", true},
       {"final", "", "also evaluate once on the official test part"},
       {"dry-run", "", "print the plan and run nothing"},
       {"time-limit", "MIN", "stop a stage after so many minutes; its checkpoint stays"},
       {"loader-threads", "N", "threads that prepare images, per stage (default 1); changes no number"},
       {"checkpoint-seconds", "N", "time between checkpoints of a training (default 30); changes no number"},
       store_option(),
       data_option(),
       json_option()},
      {"mpq run quick", "mpq run experiments/quick.toml --jobs 2 --store /big/store",
       "mpq run quick --only lsq/resnet8 --only 'rfquant/*/seed=1'", "mpq run quick --final"},
      run};
}

}  // namespace mpq::cli
