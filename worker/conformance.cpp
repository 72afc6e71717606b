#include "worker/conformance.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "core/error.h"
#include "core/file.h"
#include "core/stop.h"
#include "datasets/few_images.h"
#include "datasets/registry.h"
#include "methods/registry.h"
#include "methods/retrain.h"
#include "training/evaluate.h"
#include "worker/environment.h"

namespace mpq::worker {

namespace fs = std::filesystem;
using methods::Deployed;
using methods::Prepared;
using quant::Budget;

namespace {

struct Subject {
  std::string name, network;
  Json options = Json::object();
};

const std::vector<Subject>& all_subjects() {
  static const std::vector<Subject> all{
      {"residual", "resnet8"}, {"inverted_residual", "mobilenet_v2", {{"width", 0.25}, {"stages", 2}}}};
  return all;
}
const Subject* current = nullptr;
const Subject& subject() { return current ? *current : all_subjects().front(); }

/// The first pictures of the synthetic set: 512 to train on, 128 to search, hold out and calibrate on.
const datasets::Dataset& small_dataset() {
  static const datasets::Dataset dataset = [] {
    const auto& entry = datasets::registry().find("synthetic", "conformance suite");
    return datasets::few_images(entry.open(resolve_options(entry.info.options, {}, "synthetic"), ""), 512,
                                128);
  }();
  return dataset;
}

training::Recipe short_recipe() {
  training::Recipe recipe;
  recipe.epochs = 2;
  recipe.batch = 64;
  recipe.lr = 0.05;
  recipe.dropout = 0.1;
  recipe.ema_decay = 0.9;  // the length of this training would turn -1 off
  return recipe;
}

models::StateDict train_float_network() {
  models::NetworkContext context;
  context.seed = 1;
  auto network = models::make_network(subject().network, subject().options, context);
  training::TrainerSetup setup;
  setup.train = small_dataset().split(datasets::Split::train);
  setup.info = &small_dataset().info();
  setup.recipe = short_recipe();
  setup.recipe.epochs = 3;
  setup.seed = 1;
  training::Trainer trainer(*network, setup, "float");
  training::train_plain(trainer, *network, setup.recipe);
  return trainer.result();
}

struct How {
  std::uint64_t seed = 1;
  int loader_threads = 1;
  std::string scratch = {};
  bool has_recipe = true;
};

methods::Task make_task(const How& how) {
  static std::map<std::string, models::StateDict> float_states;
  auto& float_state = float_states[subject().name];
  if (float_state.empty()) float_state = train_float_network();
  methods::TaskParts parts;
  parts.dataset = &small_dataset();
  parts.network = subject().network;
  parts.network_options = subject().options;
  parts.float_state = float_state;
  parts.has_recipe = how.has_recipe;
  parts.recipe = short_recipe();
  parts.candidates = {6, 5, 4, 3, 2};
  parts.seed = how.seed;
  parts.loader_threads = how.loader_threads;
  parts.scratch_folder = how.scratch;
  parts.environment = numerical_environment();
  return methods::Task(std::move(parts));
}

const methods::Entry& entry_of(const std::string& method) {
  return methods::registry().find(method, "mpq check");
}

std::unique_ptr<methods::Method> make(const std::string& method) {
  return entry_of(method).make(entry_of(method).info.check_options);
}
/// As a study makes it for prepare, without the options of deploy.
std::unique_ptr<methods::Method> make_to_prepare(const std::string& method) {
  const auto& info = entry_of(method).info;
  auto options = info.check_options;
  for (const auto& name : info.deploy_options) options.erase(name);
  return entry_of(method).make(options);
}

Budget budget(int bits) {
  auto task = make_task({});
  const auto network = task.float_network();
  const quant::Policy uniform(network->sites().size(), {bits, bits});
  return {quant::bitops(network->facts(), uniform), fmt::format("w{0}a{0}", bits),
          quant::Convention::ends_8x8};
}

std::int64_t optimizer_steps(const Meter& meter) {
  std::int64_t steps = 0;
  for (const auto& [phase, cost] : meter.costs()) steps += cost.optimizer_steps;
  return steps;
}

/// What deploy will get: the store keeps tensors by name, in no other order.
Prepared prepare(const std::string& method, const How& how = {}, std::int64_t* steps = nullptr) {
  auto declared = how;
  declared.has_recipe = entry_of(method).info.needs.recipe_in_prepare;
  auto task = make_task(declared);
  auto prepared = make_to_prepare(method)->prepare(task);
  if (steps) *steps = optimizer_steps(task.meter());
  std::sort(prepared.tensors.begin(), prepared.tensors.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return prepared;
}

/// What a deploy leaves, in a form that can be compared bit by bit.
struct Seen {
  models::StateDict tensors;
  Json facts;
  quant::Policy policy;
  std::int64_t optimizer_steps = 0, bitops = 0;
  bool quantized = false;
};

Seen deploy(const std::string& method, const Prepared& prepared, const Budget& wanted, const How& how = {}) {
  auto task = make_task(how);
  auto deployed = make(method)->deploy(task, prepared, wanted);
  auto& network = *deployed.network;
  Seen seen{network.state(),       deployed.facts, network.policy(), optimizer_steps(task.meter()), 0,
            network.is_quantized()};
  if (seen.quantized) seen.bitops = quant::bitops(network.facts(), seen.policy, wanted.convention);
  return seen;
}

/// NaN, which may stand for "there is none", equals itself here.
bool same_bits(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  const auto x = a.contiguous(), y = b.contiguous();
  return x.nbytes() == 0 || std::memcmp(x.data_ptr(), y.data_ptr(), x.nbytes()) == 0;
}

std::string difference(const models::StateDict& a, const models::StateDict& b) {
  if (a.size() != b.size()) return fmt::format("{} tensors against {}", a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].first != b[i].first || !same_bits(a[i].second, b[i].second))
      return "first difference in " + a[i].first;
  return {};
}

bool same_bits(const Json& a, const Json& b) { return text_of(a) == text_of(b); }

std::string difference(const Seen& a, const Seen& b) {
  if (!same_bits(a.facts, b.facts)) return "the facts that deploy leaves differ";
  return a.policy == b.policy ? difference(a.tensors, b.tensors) : "the policies differ";
}

std::string difference(const Prepared& a, const Prepared& b) {
  return same_bits(a.facts, b.facts) ? difference(a.tensors, b.tensors)
                                     : "the facts that prepare leaves differ";
}

/// The undisturbed run that most promises compare with, computed once per method.
struct Reference {
  Prepared prepared;
  std::int64_t prepare_steps = 0;
  Seen tight, loose;
};

const Reference& reference(const std::string& method) {
  static std::map<std::string, Reference> all;
  const auto key = subject().name + "/" + method;
  const auto found = all.find(key);
  if (found != all.end()) return found->second;
  Reference r;
  r.prepared = prepare(method, {}, &r.prepare_steps);
  r.tight = deploy(method, r.prepared, budget(3));
  r.loose = deploy(method, r.prepared, budget(4));
  return all.emplace(key, std::move(r)).first->second;
}

bool needs_budget(const std::string& method) { return entry_of(method).info.needs.budget; }

std::string declares_itself(const std::string& method) {
  const auto& info = entry_of(method).info;
  const std::vector<std::string> families{"float",   "fixed",   "search_retrain", "one_shot",
                                          "control", "learned", "post_training"};
  if (info.title.empty() || info.summary.empty()) return "title or summary is empty";
  if (info.revision < 1) return "revision is below 1";
  if (std::find(families.begin(), families.end(), info.family) == families.end())
    return "unknown family " + info.family;
  for (const auto& option : info.options)
    if (option.help.empty()) return "option " + option.name + " has no help";
  return {};
}

std::string fits_the_budget(const std::string& method) {
  if (!needs_budget(method)) return {};
  const auto& r = reference(method);
  for (const auto& [seen, wanted] : {std::pair{&r.tight, budget(3)}, {&r.loose, budget(4)}})
    if (!seen->quantized || seen->bitops > wanted.bitops)
      return fmt::format("{} BitOPs under a budget of {}", seen->bitops, wanted.bitops);
  return {};
}

std::string gives_every_site_a_candidate(const std::string& method) {
  if (!needs_budget(method)) return {};
  auto task = make_task({});
  const auto lists = methods::lists_of_study(*task.float_network(), task.candidates());
  const auto has = [](const std::vector<int>& list, int bits) {
    return std::find(list.begin(), list.end(), bits) != list.end();
  };
  for (const auto& policy : {reference(method).tight.policy, reference(method).loose.policy}) {
    if (policy.size() != lists.size())
      return fmt::format("{} widths for {} sites", policy.size(), lists.size());
    for (std::size_t i = 0; i < lists.size(); ++i)
      if (!has(lists[i].weight, policy[i].weight) || !has(lists[i].act, policy[i].act))
        return fmt::format("site {} runs at w{}a{}", i, policy[i].weight, policy[i].act);
  }
  return {};
}

std::string same_seed_same_bits(const std::string& method) {
  const auto again = prepare(method);
  if (const auto d = difference(again, reference(method).prepared); !d.empty()) return "prepare: " + d;
  return difference(deploy(method, again, budget(3)), reference(method).tight);
}

std::string loader_threads_change_nothing(const std::string& method) {
  const How two{.seed = 1, .loader_threads = 2};
  const auto again = prepare(method, two);
  if (const auto d = difference(again, reference(method).prepared); !d.empty()) return "prepare: " + d;
  return difference(deploy(method, again, budget(3), two), reference(method).tight);
}

std::string order_of_budgets_is_irrelevant(const std::string& method) {
  const auto& prepared = reference(method).prepared;
  const auto loose = deploy(method, prepared, budget(4));  // the reference had it second
  if (auto d = difference(loose, reference(method).loose); !d.empty()) return d;
  return difference(deploy(method, prepared, budget(3)), reference(method).tight);
}

std::string leaves_prepared_untouched(const std::string& method) {
  const auto& prepared = reference(method).prepared;
  models::StateDict before;
  for (const auto& [name, tensor] : prepared.tensors) before.emplace_back(name, tensor.clone());
  deploy(method, prepared, budget(3));
  return difference(before, prepared.tensors);
}

std::string takes_no_step_it_denies(const std::string& method) {
  const auto steps = reference(method).tight.optimizer_steps;
  if (!entry_of(method).info.needs.gradients_in_deploy && steps != 0)
    return fmt::format("deploy took {} optimizer steps", steps);
  return {};
}

std::string refuses_what_nothing_fits(const std::string& method) {
  if (!needs_budget(method)) return {};
  auto impossible = budget(2);
  impossible.bitops -= 1;
  try {
    deploy(method, reference(method).prepared, impossible);
  } catch (const methods::Unsupported&) {
    return {};
  } catch (const Error& error) {
    return error.kind() == ErrorKind::input ? std::string() : error.what();
  }
  return "a budget below the smallest policy was served";
}

/// A stop at the n-th point where somebody looks for one, however the work ends.
struct PlannedStop {
  explicit PlannedStop(int look) { request_stop_at_look(look); }
  ~PlannedStop() {
    request_stop_at_look(0);
    request_stop(false);
  }
  PlannedStop(const PlannedStop&) = delete;
  PlannedStop& operator=(const PlannedStop&) = delete;
};

/// A folder for checkpoints that vanishes with its object.
struct Scratch {
  explicit Scratch(const std::string& name)
      : path(fs::temp_directory_path() / fmt::format("mpq-check-{}-{}", name, ::getpid())) {
    fs::remove_all(path);
    make_folders(path.string());
  }
  ~Scratch() {
    std::error_code gone;
    fs::remove_all(path, gone);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path path;
};

/// Runs `work`, stopped at the n-th look, then again until it ends; counts the stops.
template <class Work>
auto disturbed(const std::string& name, int stop_at, int& stops, const Work& work) {
  const Scratch scratch(name);
  const How how{.seed = 1, .loader_threads = 1, .scratch = scratch.path.string()};
  const PlannedStop planned(stop_at);
  for (int attempt = 0;; ++attempt) {
    try {
      return work(how);
    } catch (const Error& error) {
      request_stop(false);
      if (error.kind() != ErrorKind::interrupted || attempt > 3) throw;
      ++stops;
    }
  }
}

std::string continues_to_the_same_bits(const std::string& method) {
  const auto& undisturbed = reference(method);
  int prepare_stops = 0, deploy_stops = 0;
  for (const int stop_at : {1, 13}) {
    const auto prepared = disturbed(method + "-prepare", stop_at, prepare_stops,
                                    [&](const How& how) { return prepare(method, how); });
    if (auto d = difference(prepared, undisturbed.prepared); !d.empty()) return d;
    const auto deployed = disturbed(method + "-deploy", stop_at, deploy_stops,
                                    [&](const How& how) { return deploy(method, prepared, budget(3), how); });
    if (auto d = difference(deployed, undisturbed.tight); !d.empty()) return d;
  }
  if (undisturbed.prepare_steps > 0 && prepare_stops == 0)
    return "prepare trains and never looked for a stop, so nothing was tried";
  if (undisturbed.tight.optimizer_steps > 0 && deploy_stops == 0)
    return "deploy trains and never looked for a stop, so nothing was tried";
  return {};
}

std::string predicts_finite_numbers(const std::string& method) {
  auto task = make_task({});
  auto deployed = make(method)->deploy(task, reference(method).prepared, budget(3));
  if (deployed.network->is_quantized()) training::recalibrate(*deployed.network, task.calib_images());
  const auto seen = training::predict(*deployed.network, small_dataset().split(datasets::Split::holdout),
                                      small_dataset().info(), 1);
  for (const auto p : seen.true_probability)
    if (!(p >= 0 && p <= 1)) return fmt::format("a probability is {}", p);
  return {};
}

std::string problem_of(const Promise& promise, const std::string& method) {
  try {
    return promise.check(method);
  } catch (const methods::Unsupported& declined) {
    return "declined: " + declined.reason;
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

std::vector<std::string> subjects() {
  std::vector<std::string> names;
  for (const auto& s : all_subjects()) names.push_back(s.name);
  return names;
}

void use_subject(const std::string& name) {
  for (const auto& s : all_subjects())
    if (s.name == name) {
      current = &s;
      return;
    }
  require(false, "the conformance suite knows no network '" + name + "'");
}

const std::vector<Promise>& promises() {
  static const std::vector<Promise> all{
      {"DeclaresItself", "facts are complete and every option is explained", declares_itself},
      {"FitsTheBudget", "achieved BitOPs are at most the budget, in integers", fits_the_budget},
      {"GivesEverySiteACandidate", "every width is a candidate of its site", gives_every_site_a_candidate},
      {"RefusesWhatNothingFits", "a budget below the smallest policy is declined", refuses_what_nothing_fits},
      {"TakesNoStepItDenies", "a deploy declared free of gradient steps takes none", takes_no_step_it_denies},
      {"LeavesPreparedUntouched", "deploy changes nothing that prepare learned", leaves_prepared_untouched},
      {"OrderOfBudgetsIsIrrelevant", "budgets in another order give the same bits",
       order_of_budgets_is_irrelevant},
      {"SameSeedSameBits", "the same settings give the same bits", same_seed_same_bits},
      {"LoaderThreadsChangeNothing", "two loader threads give the same bits as one",
       loader_threads_change_nothing},
      {"ContinuesToTheSameBits", "a stopped run continues to the same bits", continues_to_the_same_bits},
      {"PredictsFiniteNumbers", "probabilities are finite and within [0, 1]", predicts_finite_numbers},
  };
  return all;
}

int check_method_command(const std::string& method, bool as_json) {
  entry_of(method);  // an unknown name ends here, with the nearest
  set_up_process(1);
  Json verdicts = Json::array();
  bool all_kept = true;
  for (const auto& on : all_subjects()) {
    use_subject(on.name);
    if (!as_json) std::cout << fmt::format("{} network ({})\n", on.name, on.network) << std::flush;
    for (const auto& promise : promises()) {
      const auto start = std::chrono::steady_clock::now();
      const auto problem = problem_of(promise, method);
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      all_kept = all_kept && problem.empty();
      verdicts.push_back({{"network", on.name},
                          {"promise", promise.name},
                          {"kept", problem.empty()},
                          {"problem", problem},
                          {"seconds", seconds}});
      if (!as_json)
        std::cout << fmt::format("  {:<6} {:<28} {:6.1f} s  {}\n", problem.empty() ? "kept" : "BROKEN",
                                 promise.name, seconds, problem.empty() ? promise.sentence : problem)
                  << std::flush;
    }
  }
  if (as_json)
    std::cout << Json{{"method", method}, {"kept", all_kept}, {"promises", verdicts}}.dump(1) << '\n';
  return all_kept ? 0 : 1;
}

}  // namespace mpq::worker
