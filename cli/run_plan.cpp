#include "cli/run_plan.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <thread>

#include "cli/text_table.h"
#include "core/progress.h"
#include "harness/estimate.h"

namespace mpq::cli {
namespace {

using harness::Plan;
using harness::Stage;

/// Where nothing has been measured yet. ResNet-20 was seen to train at about this speed on a server processor: a step of
/// 128 images, 31 GFLOP, in 0.17 to 0.2 s on two threads (bench/README.md).
constexpr double kAssumedFlops = 75e9;
constexpr double kMebi = 1 << 20;

std::map<std::string, int> users_of(const Plan& plan, const std::vector<std::size_t>& cases) {
  std::map<std::string, int> users;
  for (const auto index : cases)
    for (const auto& key : plan.cases[index].keys()) ++users[key];
  return users;
}

/// What is left to do. Stages run one after another here; `--jobs` shares memory and time out anew.
Json left_to_do(const Plan& plan, const std::vector<std::size_t>& stages, const PlanView& view) {
  harness::Estimate sum;
  for (const auto index : stages) {
    const auto& stage = plan.stages[index];
    if (view.finished(stage.key)) continue;
    const auto e = harness::estimate(stage, plan.study);
    sum.trained_images += e.trained_images, sum.forward_images += e.forward_images;
    sum.searched_images += e.searched_images;
    sum.flop += e.flop, sum.disk_bytes += e.disk_bytes;
    sum.memory_bytes = std::max(sum.memory_bytes, e.memory_bytes);
    sum.scratch_bytes = std::max(sum.scratch_bytes, e.scratch_bytes);
  }
  const auto processors = std::max(1U, std::thread::hardware_concurrency());
  const double flops = view.measured_flops.value_or(
      kAssumedFlops * std::min<double>(static_cast<double>(plan.study.threads), processors));
  return {{"training_images", sum.trained_images},
          {"forward_images", sum.forward_images},
          {"searched_images", sum.searched_images},
          {"flop", sum.flop},
          {"seconds", sum.flop / flops},
          {"flop_per_second", flops},
          {"speed_is_measured", view.measured_flops.has_value()},
          {"memory_bytes", sum.memory_bytes},
          {"disk_bytes", sum.disk_bytes},
          {"scratch_bytes", sum.scratch_bytes}};
}

Json what_the_machine_lacks(std::int64_t threads, double memory_bytes) {
  Json sentences = Json::array();
  const auto processors = std::thread::hardware_concurrency();
  if (processors > 0 && threads > static_cast<std::int64_t>(processors))
    sentences.push_back(
        fmt::format("the study asks for {} threads; this machine has {} processors", threads, processors));
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  const auto memory = static_cast<double>(pages) * static_cast<double>(page);
  if (pages > 0 && memory_bytes > memory)
    sentences.push_back(fmt::format("this machine has {:.0f} MiB of memory", memory / kMebi));
  return sentences;
}

std::string time_text(double seconds) {
  constexpr double kDay = 24 * 3600;
  return seconds < 2 * kDay ? clock_text(seconds) : fmt::format("{:.0f} days", seconds / kDay);
}

std::string in_words(const Json& left) {
  const auto number = [&](const char* key) { return left.at(key).get<double>(); };
  return fmt::format(
      "\nto do: about {:.3g} images through training passes (forward and backward), {:.3g} forward alone, "
      "and\n"
      "       {:.3g} forward passes of searches and sensitivities, as if each width went down once:\n"
      "       {:.3g} FLOP, about {} at {:.3g} GFLOP/s ({})\n"
      "needs: about {:.0f} MiB of memory a stage, {:.0f} MiB of disk, and {:.0f} MiB more for checkpoints "
      "while a "
      "stage runs\n",
      number("training_images"), number("forward_images"), number("searched_images"), number("flop"),
      time_text(number("seconds")), number("flop_per_second") / 1e9,
      left.at("speed_is_measured").get<bool>() ? "measured on the float network"
                                               : "assumed: no float network is trained yet",
      number("memory_bytes") / kMebi, number("disk_bytes") / kMebi, number("scratch_bytes") / kMebi);
}

Json describe(const Plan& plan, const std::vector<std::size_t>& cases, const PlanView& view) {
  const auto& finished = view.finished;
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
    const auto cost = harness::estimate(stage, plan.study);
    all["stages"].push_back({{"key", stage.key},
                             {"kind", stage.kind},
                             {"title", stage.title},
                             {"done", finished(stage.key)},
                             {"cases", users[stage.key]},
                             {"epochs", cost.epochs},
                             {"training_images", cost.trained_images},
                             {"searched_images", cost.searched_images},
                             {"flop", cost.flop},
                             {"memory_bytes", cost.memory_bytes},
                             {"disk_bytes", cost.disk_bytes}});
  }
  all["to_do"] = left_to_do(plan, harness::stages_of(plan, cases), view);
  all["missing"] = view.missing;
  all["machine"] = what_the_machine_lacks(plan.study.threads, all["to_do"].at("memory_bytes").get<double>());
  return all;
}

void print_tables(const Json& all, const Plan& plan) {
  TextTable cases({"case", ">budget BitOPs", ">stages done"});
  for (const auto& row : all.at("cases"))
    cases.add({row.at("id"), row.at("budget_bitops").is_null() ? "-" : row.at("budget_bitops").dump(),
               row.at("stages_done").dump() + "/" + row.at("stages").dump()});
  TextTable stages({"stage", "state", ">cases", ">epochs x passes", ">TFLOP"});
  std::size_t done = 0, shared = 0;
  for (const auto& stage : all.at("stages")) {
    const bool is_done = stage.at("done");
    done += is_done ? 1 : 0;
    shared += stage.at("cases") > 1 ? 1 : 0;
    const double epochs = stage.at("epochs");
    stages.add({stage.at("title"), is_done ? "done" : "to do", stage.at("cases").dump(),
                epochs > 0 ? fmt::format("{:g}", epochs) : "",
                fmt::format("{:.3g}", stage.at("flop").get<double>() / 1e12)});
  }
  const auto total = all.at("stages").size();
  std::cout << fmt::format("study {}: {}, {} ({} done, {} to do), {} of them shared by several cases\n\n",
                           plan.study.name, counted(all.at("cases").size(), "case"), counted(total, "stage"),
                           done, total - done, shared)
            << cases.text() << "\n"
            << stages.text() << in_words(all.at("to_do"));
  for (const auto& name : all.at("missing"))
    std::cout << fmt::format("note:  {}; nothing can run before it is\n", name.get<std::string>());
  for (const auto& sentence : all.at("machine"))
    std::cout << fmt::format("note:  {}\n", sentence.get<std::string>());
}

}  // namespace

void print_plan(const Plan& plan, const std::vector<std::size_t>& cases, const PlanView& view, bool as_json) {
  const auto all = describe(plan, cases, view);
  if (as_json)
    std::cout << text_of(all, 2) << "\n";
  else
    print_tables(all, plan);
}

}  // namespace mpq::cli
