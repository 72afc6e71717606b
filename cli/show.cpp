// mpq show: one row of a study, stage by stage.

#include <fmt/format.h>

#include <iostream>
#include <optional>

#include "cli/commands.h"
#include "cli/find_case.h"
#include "cli/places.h"
#include "cli/text_table.h"
#include "core/error.h"
#include "core/file.h"
#include "core/progress.h"
#include "harness/case_state.h"
#include "harness/live_status.h"

namespace mpq::cli {
namespace {

constexpr std::size_t kMaxLogBytes = std::size_t{64} << 20;

/// {"kind","key","state","folder", of a finished stage "summary" and "environment", of a running one "line"}
Json describe_stage(const std::string& kind, const std::string& key, const results::Store& store,
                    const std::optional<Json>& live) {
  Json stage = {{"kind", kind}, {"key", key}, {"folder", store.stage_folder(key)}, {"state", "to do"}};
  if (store.finished(key)) {
    auto record = results::read_stage_file(store.stage_path(key), "none");
    stage["state"] = record.summary.value("status", "done");
    stage["summary"] = std::move(record.summary);
    stage["environment"] = std::move(record.environment);
  } else if (live && live->at("stages").contains(key)) {
    stage["state"] = "running";
    stage["line"] = live->at("stages").at(key).value("line", "");
  } else if (const auto failure = store.read_failure(key)) {
    stage["state"] = "failed";
    stage["failure"] = *failure;
  }
  return stage;
}

Json describe(const results::CaseRow& row, const results::Store& store) {
  const auto live = harness::read_live_status(store);
  Json stages = Json::array();
  const std::pair<const char*, const std::string&> parts[] = {{"pretrain", row.float_key},
                                                              {"prepare", row.prepare_key},
                                                              {"deploy", row.deploy_key},
                                                              {"evaluate holdout", row.holdout_key},
                                                              {"evaluate test", row.test_key}};
  for (const auto& [kind, key] : parts)
    if (!key.empty()) stages.push_back(describe_stage(kind, key, store, live));
  const auto state = harness::state_of(row, store, live);
  return {{"case", row.id},       {"study", row.study},   {"method", row.method},
          {"state", state.state}, {"reason", row.reason}, {"stages", stages}};
}

void print_policy(const Json& summary) {
  const auto policy = summary.value("policy", Json::object());
  if (policy.value("sites", Json::array()).empty()) return;
  TextTable table({"site", ">weight bits", ">activation bits"});
  for (std::size_t i = 0; i < policy.at("sites").size(); ++i)
    table.add({policy.at("sites").at(i), policy.at("weight_bits").at(i).dump(),
               policy.at("act_bits").at(i).dump()});
  std::cout << "\n" << table.text();
}

void print_stage(const Json& stage, TextTable& table) {
  const auto summary = stage.value("summary", Json::object());
  std::string about;
  const auto cost = summary.value("cost", Json::object());
  if (cost.contains("achieved_bitops") && !cost["achieved_bitops"].is_null())
    about = fmt::format("{} BitOPs", cost["achieved_bitops"].dump());
  const auto splits = summary.value("metrics", Json::object());
  for (const auto& [split, metrics] : splits.items())
    about += fmt::format("{}{} {:.2f} % of {} images", about.empty() ? "" : ", ", split,
                         100 * metrics.at("top1").get<double>(), metrics.at("images").dump());
  if (stage.contains("line")) about = stage["line"];
  if (stage.contains("failure")) about = stage["failure"].value("what", "");
  table.add({stage.at("kind"), stage.at("state"),
             summary.contains("wall_seconds") ? clock_text(summary["wall_seconds"]) : "", about,
             stage.at("folder")});
}

void print_case(const Json& all) {
  std::cout << fmt::format("{}  ({}, study {})\n", all["case"].get<std::string>(),
                           all["state"].get<std::string>(), all["study"].get<std::string>());
  if (!all["reason"].get<std::string>().empty())
    std::cout << "reason: " << all["reason"].get<std::string>() << "\n";
  TextTable table({"stage", "state", ">time", "about", "folder"});
  for (const auto& stage : all["stages"]) print_stage(stage, table);
  std::cout << "\n" << table.text();
  for (const auto& stage : all["stages"])
    if (stage["kind"] == "deploy" && stage.contains("summary")) print_policy(stage["summary"]);
  for (const auto& stage : all["stages"])
    if (stage.contains("failure"))
      std::cout << "\nmpq: "
                << Error(ErrorKind::input, harness::Failure::from_json(stage["failure"]).parts).what()
                << "\n";
}

void print_logs(const results::CaseRow& row, const results::Store& store) {
  for (const auto& key : harness::stage_keys(row)) {
    std::cout << "\n" << store.log_path(key) << "\n";
    try {
      std::cout << read_file(store.log_path(key), kMaxLogBytes);
    } catch (const Error&) {
      std::cout << "(no log: this stage has not started here)\n";
    }
  }
}

int show(const Arguments& arguments) {
  const auto [store, row] = named_case(arguments);
  const auto all = describe(row, store);
  if (arguments.has("json"))
    std::cout << text_of(all, 2) << "\n";
  else
    print_case(all);
  if (arguments.has("log") && !arguments.has("json")) print_logs(row, store);
  return 0;
}

}  // namespace

Command show_command() {
  return {"show",
          {"CASE"},
          "one case: its stages, policy, accuracy, failure, and with --log what its workers wrote",
          {{"study", "STUDY", "where several studies have a case of this name"},
           {"log", "", "also print the log of every stage"},
           store_option(),
           json_option()},
          {"mpq show lsq/resnet20/cifar10/w3a3/seed=1", "mpq show lsq/resnet20/cifar10/w3a3/seed=1 --log"},
          show};
}

}  // namespace mpq::cli
