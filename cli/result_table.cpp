#include "cli/result_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "analysis/predictions.h"
#include "analysis/statistics.h"
#include "cli/text_table.h"
#include "core/error.h"
#include "core/progress.h"
#include "harness/case_state.h"

namespace mpq::cli {
namespace {

/// {"top1","low","high","images"} as fractions, from the raw predictions; null if the split was not evaluated
/// or its file is damaged (the report says which).
Json accuracy(const std::string& key, const std::string& split, const results::Store& store) try {
  if (key.empty() || !store.finished(key)) return nullptr;
  const auto prefix = "/predictions/" + split;
  const auto record = results::read_stage_file(store.stage_path(key), prefix);
  if (record.summary.value("status", "") != "done") return nullptr;
  const auto seen = analysis::read_predictions(record, split, store.stage_path(key));
  const auto images = static_cast<std::int64_t>(seen.size());
  const auto right = std::count(seen.top1.begin(), seen.top1.end(), std::uint8_t{1});
  const auto interval = analysis::wilson(right, images);
  return {{"top1", interval.value}, {"low", interval.low}, {"high", interval.high}, {"images", images}};
} catch (const Error&) {
  return nullptr;
}

Json seconds_of(const std::string& key, const results::Index& index) {
  const auto stage = index.stage(key);
  return stage ? Json(stage->wall_seconds) : Json();
}

Json describe_case(const results::CaseRow& row, const RunEnd& end) {
  const auto state = harness::state_of(row, end.store, {});
  return {{"id", row.id},
          {"label", row.label},
          {"network", row.network},
          {"dataset", row.dataset},
          {"budget", row.budget},
          {"budget_bitops", row.budget_bitops ? Json(*row.budget_bitops) : Json()},
          {"seed", row.seed ? Json(*row.seed) : Json()},
          {"state", state.state},
          {"reason", row.reason},
          {"achieved_bitops", row.achieved_bitops ? Json(*row.achieved_bitops) : Json()},
          {"holdout", accuracy(row.holdout_key, "holdout", end.store)},
          {"test", accuracy(row.test_key, "test", end.store)},
          {"prepare_seconds", seconds_of(row.prepare_key, end.index)},
          {"deploy_seconds", seconds_of(row.deploy_key, end.index)},
          {"failure", state.failure ? state.failure->to_json() : Json()}};
}

Json describe(const RunEnd& end) {
  std::set<std::string> wanted;
  for (const auto index : end.cases) wanted.insert(end.plan.cases[index].id);
  Json cases = Json::array();
  for (const auto& row : end.index.cases(end.plan.study.name))
    if (wanted.contains(row.id)) cases.push_back(describe_case(row, end));
  return {{"study", end.plan.study.name},
          {"cases", cases},
          {"report", end.report_folder},
          {"exit_code", end.exit_code}};
}

std::string accuracy_text(const Json& a) {
  if (a.is_null()) return "";
  const double half = (a.at("high").get<double>() - a.at("low").get<double>()) / 2;
  return fmt::format("{:.2f} ± {:.2f}", 100 * a.at("top1").get<double>(), 100 * half);
}

std::string giga_text(const Json& bitops) {
  return bitops.is_null() ? "" : fmt::format("{:.4f}", static_cast<double>(bitops.get<std::int64_t>()) / 1e9);
}

std::string time_text(const Json& seconds) { return seconds.is_null() ? "" : clock_text(seconds); }

void print_table(const Json& all, bool several_grounds, bool with_test) {
  std::vector<std::string> columns = {"method",     ">budget",  ">seed",   ">GBitOPs",
                                      ">holdout %", ">prepare", ">deploy", "state"};
  if (with_test) columns.insert(columns.begin() + 5, ">test %");
  if (several_grounds) columns.insert(columns.begin() + 1, "on");
  TextTable table(columns);
  for (const auto& row : all.at("cases")) {
    std::vector<std::string> cells = {row.at("label"),
                                      row.at("budget"),
                                      row.at("seed").dump(),
                                      giga_text(row.at("achieved_bitops")),
                                      accuracy_text(row.at("holdout")),
                                      time_text(row.at("prepare_seconds")),
                                      time_text(row.at("deploy_seconds")),
                                      row.at("state")};
    if (!row.at("reason").get<std::string>().empty())
      cells.back() += ": " + row.at("reason").get<std::string>();
    if (with_test) cells.insert(cells.begin() + 5, accuracy_text(row.at("test")));
    if (several_grounds)
      cells.insert(cells.begin() + 1,
                   row.at("network").get<std::string>() + " on " + row.at("dataset").get<std::string>());
    table.add(cells);
  }
  std::cout << table.text()
            << "± is half of the 95 % interval over the images (Wilson); times are wall time, prepare is "
               "shared by all budgets\n";
}

/// What to do next, apart from the table so that `mpq run … > table.txt` keeps the table alone.
void print_hints(const Json& all, const RunEnd& end) {
  std::map<std::string, int> counts;
  for (const auto& row : all.at("cases")) {
    ++counts[row.at("state").get<std::string>()];
    if (row.at("state") != "failed") continue;
    const auto id = row.at("id").get<std::string>();
    std::cerr << fmt::format(
        "failed: {}: {}\n  why:         mpq show {} --study {} --log{}\n  rerun alone: mpq run {} --only "
        "{}{}\n",
        id, row.at("failure").at("what").get<std::string>(), id, end.plan.study.name, end.store_option,
        end.study_file, id, end.store_option + end.data_option);
  }
  std::string summary;
  for (const auto& [state, count] : counts)
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, state);
  std::cerr << fmt::format("{}: {}\n", counted(all.at("cases").size(), "case"), summary);
  if (!end.report_folder.empty()) std::cerr << "report: " << end.report_folder << "\n";
  if (end.exit_code == static_cast<int>(ErrorKind::interrupted))
    std::cerr << "stopped; run the same command again to go on where it was\n";
}

}  // namespace

void print_results(const RunEnd& end, bool as_json) {
  const auto all = describe(end);
  const auto& study = end.plan.study;
  if (as_json)
    std::cout << text_of(all, 2) << "\n";
  else
    print_table(all, study.networks.size() * study.datasets.size() > 1, study.final);
  print_hints(all, end);
}

}  // namespace mpq::cli
