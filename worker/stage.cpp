#include "worker/stage.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <optional>

#include "core/error.h"
#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "methods/registry.h"
#include "training/evaluate.h"
#include "worker/environment.h"
#include "worker/float_checkpoint.h"
#include "worker/stage_record.h"

namespace mpq::worker {

namespace fs = std::filesystem;
using results::StageRecord;

namespace {

std::string utc_now() {
  char text[32];
  const auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// The stage at hand, opened: settings, data set, parents.
class Stage {
 public:
  Stage(const results::Store& store, const StageJob& job, std::string scratch)
      : store_(store),
        job_(job),
        settings_(job.settings),
        scratch_(std::move(scratch)),
        dataset_(open_dataset(job)) {}

  StageRecord compute() {
    const auto kind = settings_.at("kind").get<std::string>();
    if (kind == "pretrain") return pretrain();
    if (kind == "prepare") return prepare();
    if (kind == "deploy") return deploy();
    require(kind == "evaluate", "unknown stage kind '" + kind + "'");
    return evaluate();
  }

  /// What was recorded and spent before the method declined.
  StageRecord declined(const std::string& reason) {
    StageRecord record;
    record.summary["facts"] = Json::object();
    record.summary["costs"] = Json::object();
    if (task_) finish_task(record, *task_);
    record.summary["status"] = "unsupported";
    record.summary["reason"] = reason;
    return record;
  }

 private:
  static datasets::Dataset open_dataset(const StageJob& job) {
    const auto& wanted = job.settings.at("dataset");
    const auto& entry = datasets::registry().find(wanted.at("name"), "stage settings");
    // The key says which data it stands for; files may have changed since the study was planned.
    const auto found = entry.fingerprint(wanted.at("options"), job.data_folder);
    if (found != wanted.at("fingerprint").get<std::string>())
      throw_input(
          {"the files of data set '" + entry.info.name + "' are not those that the study was planned with",
           job.data_folder, "content " + wanted.at("fingerprint").get<std::string>() + ", not " + found,
           "run the study again: with other data its stages have other keys"});
    return entry.open(wanted.at("options"), job.data_folder);
  }

  training::Recipe recipe() const {
    return parse_options<training::Recipe>(settings_.at("recipe"), "recipe");
  }
  std::uint64_t seed() const { return settings_.at("seed").get<std::uint64_t>(); }
  const Json& network() const { return settings_.at("network"); }

  StageRecord parent(const std::string& role, const std::string& arrays) const {
    return results::read_stage_file(store_.stage_path(settings_.at("parents").at(role)), arrays);
  }

  /// Without a seed its weights are zero: they are loaded next.
  std::unique_ptr<models::Network> new_network(std::optional<std::uint64_t> init_seed) const {
    models::NetworkContext context;
    const auto& info = dataset_.info();
    context.classes = info.classes, context.channels = info.channels;
    context.height = info.height, context.width = info.width, context.seed = init_seed.value_or(0);
    context.draw_weights = init_seed.has_value();
    return models::make_network(network().at("name"), network().at("options"), context);
  }

  methods::Task& make_task() {
    methods::TaskParts parts;
    parts.dataset = &dataset_;
    parts.network = network().at("name");
    parts.network_options = network().at("options");
    parts.float_state = tensors_of(parent("float", "/tensors"));
    parts.has_recipe = settings_.contains("recipe");
    if (parts.has_recipe) parts.recipe = recipe();
    parts.candidates = settings_.at("candidates").get<std::vector<int>>();
    parts.seed = seed();
    parts.loader_threads = job_.loader_threads;
    parts.checkpoint_seconds = job_.checkpoint_seconds;
    parts.scratch_folder = scratch_;
    parts.environment = numerical_environment();
    parts.progress = job_.progress;
    return task_.emplace(std::move(parts));
  }

  std::unique_ptr<methods::Method> method() const {
    const auto& wanted = settings_.at("method");
    return methods::registry().find(wanted.at("name"), "stage settings").make(wanted.at("options"));
  }

  const methods::MethodInfo& method_info() const {
    return methods::registry().find(settings_.at("method").at("name"), "stage settings").info;
  }

  StageRecord pretrain() const {
    Meter meter;
    auto net = new_network(seed());
    net->set_meter(&meter);
    if (settings_.contains("checkpoint"))
      load_float_checkpoint(*net, network().at("name"),
                            {job_.checkpoint, settings_.at("checkpoint"), settings_.value("new_head", false),
                             settings_.value("dictionary", "")});
    StageRecord record;
    if (settings_.contains("recorded_top1")) pass_float_gate(record, *net, meter);
    if (recipe().epochs > 0) train_float(record, *net, meter);
    put_tensors(record, net->state());
    record.summary["structure"] = net->structure();
    put_costs(record, meter);
    return record;
  }

  /// Weights whose recorded accuracy our reading of the pictures does not give would make every row wrong
  /// without a sign of it. A look at the test part, and counted as one.
  void pass_float_gate(StageRecord& record, models::Network& net, Meter& meter) const {
    constexpr double kTolerance = 0.25;  // percentage points: other decoders, other order of sums
    {
      const Meter::Phase phase(meter, "evaluate");
      score(record, net, "test");
    }
    const double recorded = settings_.at("recorded_top1");
    const double reached = 100 * record.summary.at("metrics").at("test").at("top1").get<double>();
    if (std::abs(reached - recorded) <= kTolerance) return;
    throw_input(
        {fmt::format("the float network gets {:.2f} % of the test part right", reached), job_.checkpoint,
         fmt::format("{:.2f} % within {:g} points, as recorded_top1 says", recorded, kTolerance),
         "check that data, normalisation, input size and network options are those of the weights, or "
         "correct recorded_top1"});
  }

  void train_float(StageRecord& record, models::Network& net, Meter& meter) const {
    training::TrainerSetup setup;
    setup.train = dataset_.split(datasets::Split::train);
    setup.info = &dataset_.info();
    setup.recipe = recipe();
    setup.seed = seed();
    setup.loader_threads = job_.loader_threads;
    setup.progress = job_.progress;
    setup.checkpoint_folder = scratch_;
    setup.checkpoint_seconds = job_.checkpoint_seconds;
    setup.environment = numerical_environment();
    training::Trainer trainer(net, setup, "float");
    {
      const Meter::Phase phase(meter, "train");
      training::train_plain(trainer, net, setup.recipe);
    }
    net.load(trainer.result(), "the trained float network");
    for (const auto& [curve, values] : trainer.curves())
      record.arrays["/curves/train/" + curve] = Array::of(values);
  }

  StageRecord prepare() {
    auto& task = make_task();
    const auto prepared = method()->prepare(task);
    StageRecord record;
    put_tensors(record, prepared.tensors);
    record.summary["facts"] = prepared.facts;
    finish_task(record, task);
    return record;
  }

  StageRecord deploy() {
    const auto before = parent("prepare", "/tensors");
    decline_after(before);
    auto& task = make_task();
    const methods::Prepared prepared{tensors_of(before), before.summary.at("facts")};
    auto deployed = method()->deploy(task, prepared, budget());
    auto& net = *deployed.network;
    require(method_info().needs.gradients_in_deploy || steps_taken(task) == 0,
            "method '" + method_info().name + "' declares a deploy without gradient steps but took some");
    if (net.is_quantized()) {
      const Meter::Phase phase(task.meter(), "recalibrate");
      training::recalibrate(net, task.calib_images());
      net.narrow();
    }
    StageRecord record;
    {
      const Meter::Phase phase(task.meter(), "final_score");
      score(record, net, "search");
    }
    put_tensors(record, net.state());
    record.summary["structure"] = net.structure();
    record.summary["facts"] = deployed.facts;
    put_policy(record, net, settings_);
    finish_task(record, task);
    return record;
  }

  static std::int64_t steps_taken(methods::Task& task) {
    std::int64_t steps = 0;
    for (const auto& [phase, cost] : task.meter().costs()) steps += cost.optimizer_steps;
    return steps;
  }

  quant::Budget budget() const {
    const auto& given = settings_.at("budget");
    if (given.is_null()) return {};
    return {given.at("bitops"), given.at("bitops").dump(),
            quant::parse_convention(given.at("convention").get<std::string>(), "budget")};
  }

  static void decline_after(const StageRecord& parent) {
    if (parent.summary.at("status") == "unsupported") throw methods::Unsupported{parent.summary.at("reason")};
  }

  static void finish_task(StageRecord& record, methods::Task& task) {
    for (const auto& [path, array] : task.records()) record.arrays[path] = array;
    put_costs(record, task.meter());
  }

  StageRecord evaluate() const {
    const auto deployed = parent("deploy", "/tensors");
    decline_after(deployed);
    StageRecord record;
    Meter meter;
    auto net = new_network(std::nullopt);
    net->restore_structure(deployed.summary.at("structure"));
    net->load(tensors_of(deployed), "the deployed network");
    net->set_meter(&meter);
    const Meter::Phase phase(meter, "evaluate");
    for (const auto& split : settings_.at("splits")) score(record, *net, split);
    put_costs(record, meter);
    return record;
  }

  void score(StageRecord& record, models::Network& net, const std::string& split) const {
    const bool test = split == "test";
    require(test || split == "holdout" || split == "search", "only search, holdout and test are scored");
    const auto view =
        test ? datasets::TestSplit::open(dataset_)
             : dataset_.split(split == "search" ? datasets::Split::search : datasets::Split::holdout);
    const auto seen = training::predict(net, view, dataset_.info(), job_.loader_threads, job_.progress);
    put_predictions(record, split, seen);
  }

  const results::Store& store_;
  const StageJob& job_;
  const Json& settings_;
  std::string scratch_;
  datasets::Dataset dataset_;
  std::optional<methods::Task> task_;
};

StageRecord compute_or_decline(const results::Store& store, const StageJob& job, const std::string& scratch) {
  Stage stage(store, job, scratch);
  try {
    auto record = stage.compute();
    record.summary["status"] = "done";
    return record;
  } catch (const methods::Unsupported& declined) {
    return stage.declined(declined.reason);
  }
}

}  // namespace

models::StateDict tensors_of(const StageRecord& record) {
  constexpr std::string_view kPrefix = "/tensors/";
  models::StateDict tensors;
  for (const auto& [path, array] : record.arrays)
    if (path.rfind(kPrefix, 0) == 0)
      tensors.emplace_back(path.substr(kPrefix.size()), methods::to_tensor(array));
  return tensors;
}

StageRecord compute_stage(const results::Store& store, const StageJob& job, const std::string& scratch) {
  const auto started = utc_now();
  auto record = compute_or_decline(store, job, scratch);
  record.settings = job.settings;
  record.environment = environment();
  record.environment["started"] = started;
  record.environment["finished"] = utc_now();
  double seconds = 0;
  for (const auto& [phase, cost] : record.summary["costs"].items())
    seconds += cost.at("wall_seconds").get<double>();
  record.summary["wall_seconds"] = seconds;
  record.summary["peak_memory_bytes"] = peak_memory_bytes();
  record.summary["kind"] = job.settings.at("kind");
  record.summary["threads"] = job.settings.at("threads");
  return record;
}

std::string run_stage(const results::Store& store, const StageJob& job) {
  const auto key = results::Store::key_of(job.settings);
  if (store.finished(key)) return key;
  const auto scratch = (fs::path(store.stage_folder(key)) / "scratch").string();
  make_folders(scratch);
  const auto lock = store.lock_stage(key);
  if (store.finished(key)) return key;
  results::write_stage_file(store.stage_path(key), compute_stage(store, job, scratch));
  std::error_code ignored;  // left-over checkpoints cost space, nothing else
  fs::remove_all(scratch, ignored);
  return key;
}

}  // namespace mpq::worker
