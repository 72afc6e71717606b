// A stand-in for mpq-worker without LibTorch: it obeys the same protocol, needs milliseconds, stores
// plausible stages, and misbehaves on request. Tests of mpq run it as a real process.
//
//   MPQ_FAKE          "ACTION@NEEDLE;…": what goes wrong in every stage whose description ("deploy lsq
//                     resnet8 w3a3 seed=1") contains NEEDLE; see misbehave() and store()
//   MPQ_FAKE_STEP_MS  how long each of the 10 steps of a stage takes (default 0)

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <thread>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/random.h"
#include "results/store.h"
#include "tests/support/fake_catalogue.h"

namespace {

using namespace mpq;
using namespace mpq::testing;
namespace fs = std::filesystem;

constexpr int kSteps = 10;
const std::vector<std::string> kLayers = {"conv1", "layer1.0.conv1", "layer1.0.conv2", "fc"};
volatile sig_atomic_t stop_requested = 0;

int inspect() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const auto request = Json::parse(text);
  if (request["network"]["options"]["width"] == 13) {
    std::cout << Json{{"event", "error"},
                      {"kind", 2},
                      {"what", "no network has a width of 13"},
                      {"where", "network 'resnet8', width"},
                      {"expected", "a width that is not 13"},
                      {"fix", "write 16"}}
                     .dump()
              << std::endl;
    return 2;
  }
  std::cout << fake_facts(request.at("candidates").get<std::vector<int>>()).dump() << "\n";
  return 0;
}

/// What it was asked for, in place of weights.
int export_weights() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  write_whole(Json::parse(text).at("out").get<std::string>(), text);
  return 0;
}

// ---- one stage ----

struct Job {
  results::Store store;
  Json settings;
  std::string key, folder, about;

  bool asked_to(const std::string& action) const {
    const char* text = std::getenv("MPQ_FAKE");
    std::istringstream wishes(text ? text : "");
    for (std::string wish; std::getline(wishes, wish, ';');) {
      const auto at = wish.find('@');
      if (wish.substr(0, at) == action && about.find(wish.substr(at + 1)) != std::string::npos) return true;
    }
    return false;
  }
};

std::string describe(const Json& settings) {
  std::string about = settings.at("kind").get<std::string>();
  if (settings.contains("method")) about += " " + settings["method"]["name"].get<std::string>();
  about += " " + settings["network"]["name"].get<std::string>();
  if (settings.contains("budget") && settings["budget"].is_object())
    for (int bits = 2; bits <= 8; ++bits)
      if (settings["budget"]["bitops"] == fake_bitops(bits, bits))
        about += " w" + std::to_string(bits) + "a" + std::to_string(bits);
  return about + " seed=" + settings["seed"].dump();
}

int give_up(int kind, const std::string& what) {
  std::cout << Json{{"event", "error"},
                    {"kind", kind},
                    {"what", what},
                    {"where", "step 3"},
                    {"expected", "no " + what},
                    {"fix", "do not ask for it"}}
                   .dump()
            << std::endl;
  return kind;
}

/// What goes wrong before step `step`; nothing if all is well.
std::optional<int> misbehave(const Job& job, int step, int first_step) {
  const auto once = [&](const char* name) {
    return !fs::exists(job.folder + "/" + name) && (std::ofstream(job.folder + "/" + name), true);
  };
  if (job.asked_to("crash_far") && step == first_step + 2) ::raise(SIGKILL);
  if (step != 3) return std::nullopt;
  if (job.asked_to("fail")) return give_up(1, "loss is NaN");
  if (job.asked_to("input")) return give_up(2, "truncated file");
  if (job.asked_to("disk")) return give_up(3, "full disk");
  if (job.asked_to("bug")) return 70;
  if (job.asked_to("crash")) ::raise(SIGSEGV);
  if (job.asked_to("crash_once") && once("crashed")) ::raise(SIGKILL);
  if (job.asked_to("noise")) std::cout << "a library says hello\n{\"event\":\n" << std::endl;
  if (job.asked_to("deaf")) ::signal(SIGTERM, SIG_IGN);
  while (job.asked_to("hang") || job.asked_to("deaf")) {
    if (stop_requested != 0 && job.asked_to("hang")) return 130;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return std::nullopt;
}

void add_evaluation(results::StageRecord& record, const Job& job) {
  const std::string split = job.settings.at("splits").at(0);
  constexpr std::int64_t kImages = 400;
  std::vector<std::int64_t> index;
  std::vector<std::int32_t> label, top5;
  std::vector<float> probability;
  std::int64_t right = 0;
  RandomStream luck(
      std::stoull(job.settings["parents"]["deploy"].get<std::string>().substr(0, 8), nullptr, 16), "fake");
  for (std::int64_t i = 0; i < kImages; ++i) {
    const bool hit = luck.uniform() < 0.85;
    right += hit ? 1 : 0;
    index.push_back(i);
    label.push_back(static_cast<std::int32_t>(i % 10));
    for (int k = 0; k < 5; ++k) top5.push_back(static_cast<std::int32_t>((i + k + (hit ? 0 : 1)) % 10));
    probability.push_back(hit ? 0.9F : 0.05F);
  }
  const auto at = "/predictions/" + split + "/";
  record.arrays[at + "image_index"] = Array::of(index);
  record.arrays[at + "label"] = Array::of(label);
  record.arrays[at + "top5"] = Array::of(top5, {kImages, 5});
  record.arrays[at + "true_probability"] = Array::of(probability);
  const double top1 = static_cast<double>(right) / static_cast<double>(kImages);
  record.summary["metrics"][split] = {
      {"top1", top1}, {"top5", top1}, {"cross_entropy", 0.5}, {"images", kImages}};
}

void add_deployment(results::StageRecord& record, const Job& job) {
  const Json budget = job.settings.at("budget");
  const bool quantized = budget.is_object();
  int bits = 2;
  while (quantized && fake_bitops(bits + 1, bits + 1) <= budget["bitops"]) ++bits;
  const std::vector<std::int32_t> widths =
      quantized ? std::vector<std::int32_t>{8, bits, bits, 8} : std::vector<std::int32_t>(4, 32);
  const std::int64_t achieved = quantized ? fake_bitops(bits, bits) : fake_bitops(32, 32);
  const std::vector<std::int32_t> searched =
      quantized ? std::vector<std::int32_t>{bits, bits} : std::vector<std::int32_t>{};
  record.summary["policy"] = {
      {"sites", quantized ? std::vector<std::string>{kLayers[1], kLayers[2]} : std::vector<std::string>{}},
      {"weight_bits", searched},
      {"act_bits", searched}};
  record.summary["cost"] = {{"convention", job.settings["convention"]},
                            {"requested_bitops", quantized ? budget["bitops"] : Json()},
                            {"achieved_bitops", achieved},
                            {"achieved_size_bits", 300000},
                            {"by_convention", {{job.settings["convention"], achieved}}}};
  record.summary["layers"] = kLayers;
  record.arrays["/sites/macs"] =
      Array::of(std::vector<std::int64_t>(std::begin(kFakeMacs), std::end(kFakeMacs)));
  record.arrays["/sites/weight_count"] = Array::of(std::vector<std::int64_t>(4, 1000));
  for (const auto* name : {"weight_bits", "act_bits", "executed_weight_bits", "executed_act_bits"})
    record.arrays[std::string("/sites/") + name] = Array::of(widths);
}

int store(const Job& job) {
  if (job.asked_to("nothing")) return 0;
  results::StageRecord record;
  record.settings = job.settings;
  record.environment = {
      {"cpu", "fake"}, {"instruction_set", "none"}, {"libtorch", "none"}, {"device", "cpu"}};
  record.summary = {{"status", "done"},
                    {"kind", job.settings["kind"]},
                    {"wall_seconds", 1.5},
                    {"peak_memory_bytes", 1 << 20},
                    {"threads", job.settings["threads"]},
                    {"costs",
                     {{"train",
                       {{"forward_images", 1000},
                        {"backward_images", 1000},
                        {"optimizer_steps", kSteps},
                        {"hessian_products", 0},
                        {"policy_evaluations", 0},
                        {"wall_seconds", 1.5}}}}}};
  if (job.asked_to("unsupported")) {
    record.summary["status"] = "unsupported";
    record.summary["reason"] = "this network has an odd number of sites";
  } else if (job.settings["kind"] == "evaluate") {
    add_evaluation(record, job);
  } else if (job.settings["kind"] == "deploy") {
    add_deployment(record, job);
  }
  if (job.asked_to("large")) {
    std::vector<double> noise(1 << 17);  // 1 MiB that no compression shrinks
    RandomStream stream(1, "fake");
    for (auto& value : noise) value = stream.uniform();
    record.arrays["/method/noise"] = Array::of(noise);
  }
  if (job.asked_to("other_settings")) record.settings["seed"] = 12345;
  results::write_stage_file(job.store.stage_path(job.key), record);
  if (job.asked_to("damage"))
    fs::resize_file(job.store.stage_path(job.key), fs::file_size(job.store.stage_path(job.key)) - 7);
  fs::remove(job.folder + "/checkpoint");
  return 0;
}

int work(const Job& job) {
  int first = 0;
  std::ifstream(job.folder + "/checkpoint") >> first;
  std::cerr << "starting at step " << first << " as " << job.about << std::endl;
  const char* milliseconds = std::getenv("MPQ_FAKE_STEP_MS");
  for (int step = first; step < kSteps; ++step) {
    if (const auto code = misbehave(job, step, first)) return *code;
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds ? std::atoi(milliseconds) : 0));
    write_whole(job.folder + "/checkpoint", std::to_string(step + 1));
    std::cout << Json{{"event", "progress"},
                      {"what", "train"},
                      {"done", step + 1},
                      {"total", kSteps},
                      {"unit", "step"},
                      {"rate", 5.0},
                      {"seconds_left", (kSteps - step - 1) / 5.0},
                      {"detail", "loss 1.23"}}
                     .dump()
              << std::endl;
    if (stop_requested != 0) return 130;
  }
  const int code = store(job);
  std::cout << Json{{"event", "done"}, {"key", job.key}}.dump() << std::endl;
  return code;
}

int run(const std::vector<std::string>& words) {
  const auto after = [&](const std::string& option) {
    const auto found = std::find(words.begin(), words.end(), option);
    require(found != words.end() && found + 1 != words.end(), "option " + option + " is missing");
    return *(found + 1);
  };
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != std::stoi(after("--check-parent"))) return 130;
  ::signal(SIGTERM, [](int) { stop_requested = 1; });
  Job job{results::Store(after("--store")), parse_json(read_file(after("--run")), after("--run")), "", "",
          ""};
  job.key = results::Store::key_of(job.settings);
  job.folder = job.store.stage_folder(job.key);
  job.about = describe(job.settings);
  const auto lock = job.store.lock_stage(job.key);
  return work(job);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string what = words.empty() ? "" : words[0];
  if (what == "--describe")
    std::cout << fake_catalogue(sha256_file("/proc/self/exe")).dump(1) << "\n";
  else if (what == "--environment")
    std::cout << Json{{"libtorch", "0.0"}}.dump() << "\n";
  else if (what == "--check")
    std::cout << "checked " << words.at(1) << (words.size() > 2 ? " as JSON" : "") << "\n";
  else if (what == "--inspect")
    return inspect();
  else if (what == "--export")
    return export_weights();
  else if (what == "--run")
    return run(words);
  return 0;
} catch (const mpq::Error& e) {
  std::cout
      << mpq::Json{{"event", "error"},         {"kind", e.exit_code()},          {"what", e.parts().what},
                   {"where", e.parts().where}, {"expected", e.parts().expected}, {"fix", e.parts().fix}}
             .dump()
      << std::endl;
  return e.exit_code();
}
