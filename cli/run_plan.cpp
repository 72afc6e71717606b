#include "cli/run_plan.h"

#include <fmt/format.h>

#include <iostream>
#include <map>

#include "cli/text_table.h"
#include "harness/estimate.h"

namespace mpq::cli {
namespace {

using harness::Plan;
using harness::Stage;

/// Image presentations of training that a stage costs.
double training_images(const Stage& stage, const Plan& plan) {
  return harness::estimated_epochs(stage, plan.study) * static_cast<double>(stage.train_images);
}

std::map<std::string, int> users_of(const Plan& plan, const std::vector<std::size_t>& cases) {
  std::map<std::string, int> users;
  for (const auto index : cases)
    for (const auto& key : plan.cases[index].keys()) ++users[key];
  return users;
}

Json describe(const Plan& plan, const std::vector<std::size_t>& cases,
              const std::function<bool(const std::string&)>& finished) {
  auto users = users_of(plan, cases);
  Json all = {{"study", plan.study.name}, {"cases", Json::array()}, {"stages", Json::array()}};
  for (const auto index : cases) {
    const auto& row = plan.cases[index];
    int done = 0;
    for (const auto& key : row.keys()) done += finished(key) ? 1 : 0;
    all["cases"].push_back({{"id", row.id},
                            {"budget_bitops", row.budget_bitops ? Json(*row.budget_bitops) : Json()},
                            {"stages_done", done},
                            {"stages", row.keys().size()}});
  }
  for (const auto index : harness::stages_of(plan, cases)) {
    const auto& stage = plan.stages[index];
    all["stages"].push_back({{"key", stage.key},
                             {"kind", stage.kind},
                             {"title", stage.title},
                             {"done", finished(stage.key)},
                             {"cases", users[stage.key]},
                             {"epochs", harness::estimated_epochs(stage, plan.study)},
                             {"training_images", training_images(stage, plan)}});
  }
  return all;
}

void print_tables(const Json& all, const Plan& plan) {
  TextTable cases({"case", ">budget BitOPs", ">stages done"});
  for (const auto& row : all.at("cases"))
    cases.add({row.at("id"), row.at("budget_bitops").is_null() ? "-" : row.at("budget_bitops").dump(),
               row.at("stages_done").dump() + "/" + row.at("stages").dump()});
  TextTable stages({"stage", "state", ">cases", ">epochs"});
  std::size_t done = 0, shared = 0;
  double images = 0;
  for (const auto& stage : all.at("stages")) {
    const bool is_done = stage.at("done");
    done += is_done ? 1 : 0;
    shared += stage.at("cases") > 1 ? 1 : 0;
    if (!is_done) images += stage.at("training_images").get<double>();
    const double epochs = stage.at("epochs");
    stages.add({stage.at("title"), is_done ? "done" : "to do", stage.at("cases").dump(),
                epochs > 0 ? fmt::format("{:g}", epochs) : ""});
  }
  const auto total = all.at("stages").size();
  std::cout
      << fmt::format(
             "study {}: {} cases, {} stages ({} done, {} to do), {} of them shared by several cases\n\n",
             plan.study.name, all.at("cases").size(), total, done, total - done, shared)
      << cases.text() << "\n"
      << stages.text()
      << fmt::format(
             "\nto do: about {:.3g} images through training passes (forward and backward), not counting "
             "searches\n",
             images);
}

}  // namespace

void print_plan(const Plan& plan, const std::vector<std::size_t>& cases,
                const std::function<bool(const std::string&)>& finished, bool as_json) {
  const auto all = describe(plan, cases, finished);
  if (as_json)
    std::cout << all.dump(2) << "\n";
  else
    print_tables(all, plan);
}

}  // namespace mpq::cli
