#include "harness/estimate.h"

#include <algorithm>

namespace mpq::harness {
namespace {

constexpr double kFloat = 4;                    // bytes
constexpr double kProcess = 350.0 * (1 << 20);  // the worker with LibTorch, before it has any data
constexpr double kPredictionBytes = 8 + 4 + 5 * 4 + 4;
// What backward keeps of every layer's output, with the quantized copy, the norm's input and gradients: measured on
// residual networks, the one-shot step of four passes included.
constexpr double kKeptOutputs = 5;
constexpr double kCopiesInCheckpoint = 3;  // weights, momentum, average
constexpr double kEvaluationBatch = 256;
constexpr double kLiveOutputs = 3;    // without gradients: a convolution's, the norm's, and a shortcut
constexpr double kLoaderBatches = 4;  // one in use, the others being filled

const MethodRows* rows_of(const Stage& stage, const Study& study) {
  if (!stage.settings.contains("method")) return nullptr;
  const std::string name = stage.settings.at("method").at("name");
  const auto rows = std::find_if(study.methods.begin(), study.methods.end(),
                                 [&](const auto& r) { return r.method.name == name; });
  return rows == study.methods.end() ? nullptr : &*rows;
}

/// One, plus every option that counts further passes of a step ("random_passes = 3").
double passes_per_step(const Json& options) {
  double passes = 1;
  for (const auto& [name, value] : options.items())
    if (name.ends_with("passes") && value.is_number_integer()) passes += value.get<double>();
  return passes;
}

double epochs_of(const Stage& stage, const MethodRows* rows) {
  const double epochs = stage.settings.value("/recipe/epochs"_json_pointer, 0.0);
  if (stage.kind == "pretrain") return epochs;
  if (stage.kind == "evaluate" || !rows || !rows->method.item->needs_training()) return 0;
  const bool one_shot = rows->method.item->family() == "one_shot";
  if (one_shot != (stage.kind == "prepare")) return 0;
  return epochs * (one_shot ? passes_per_step(stage.settings.at("method").at("options")) : 1.0);
}

double search_factor(const Stage& stage, const std::string& name) {
  const auto moves = 2 * static_cast<double>(stage.work.sites);
  if (name == "moves") return moves;
  if (name == "steps_down") return moves * (static_cast<double>(stage.settings.at("candidates").size()) - 1);
  if (name == "final_score") return static_cast<double>(stage.work.calib + stage.work.search);
  return stage.settings.at("method").at("options").at(name).get<double>();
}

double searched_images(const Stage& stage, const MethodRows* rows) {
  double sum = 0;
  if (!rows) return sum;
  for (const auto& cost : rows->method.item->facts.value("search_costs", Json::array())) {
    if (cost.at("stage") != stage.kind) continue;
    double images = cost.at("passes");
    for (const auto& factor : cost.at("factors")) images *= search_factor(stage, factor.get<std::string>());
    sum += images;
  }
  return sum;
}

/// How many sets of weights a stage keeps: a supernet's norm banks weigh little beside its weights.
double kept_networks(const Stage& stage, const MethodRows* rows) {
  if (stage.kind == "pretrain" || stage.kind == "deploy") return 1;
  return stage.kind == "prepare" && rows && rows->method.item->family() == "one_shot" ? 1.5 : 0;
}

/// Images whose predictions a stage keeps.
double predicted_images(const Stage& stage) {
  const auto& work = stage.work;
  if (stage.kind == "deploy") return static_cast<double>(work.search);
  if (stage.kind == "pretrain")
    return stage.settings.contains("recorded_top1") ? static_cast<double>(work.test) : 0;
  if (stage.kind != "evaluate") return 0;
  return static_cast<double>(stage.settings.at("splits").at(0) == "test" ? work.test : work.search);
}

/// Images that a deploy holds in memory beside the loader's: those of calibration.
double gathered_images(const Stage& stage) {
  return stage.kind == "deploy" ? static_cast<double>(stage.work.calib) : 0;
}

}  // namespace

Estimate estimate(const Stage& stage, const Study& study) {
  const auto& work = stage.work;
  const auto* rows = rows_of(stage, study);
  const auto macs = static_cast<double>(work.macs), parameters = static_cast<double>(work.parameters);
  Estimate e;
  e.epochs = epochs_of(stage, rows);
  e.trained_images = e.epochs * static_cast<double>(work.train);
  e.forward_images = predicted_images(stage) + (stage.kind == "deploy" ? static_cast<double>(work.calib) : 0);
  e.searched_images = searched_images(stage, rows);
  e.flop = 2 * macs * (3 * e.trained_images + e.forward_images + e.searched_images);
  const double trained_batch = e.epochs > 0 ? stage.settings.value("/recipe/batch"_json_pointer, 128.0) : 0;
  const double trained = trained_batch * kKeptOutputs * static_cast<double>(work.layer_outputs);
  const double evaluated =
      e.forward_images > 0 ? kEvaluationBatch * kLiveOutputs * static_cast<double>(work.widest_output) : 0;
  const double activations = kFloat * std::max(trained, evaluated);
  const double images =
      kFloat * static_cast<double>(work.image_values) *
      (kLoaderBatches * std::max(trained_batch, e.forward_images > 0 ? kEvaluationBatch : 0) +
       gathered_images(stage));
  const double copies =
      e.epochs > 0 ? 5 : 2;  // weights; gradients, momentum, average and a checkpoint's copy
  e.memory_bytes = kProcess + static_cast<double>(work.resident_bytes) + images + activations +
                   copies * kFloat * parameters;
  e.disk_bytes =
      kept_networks(stage, rows) * kFloat * parameters + kPredictionBytes * predicted_images(stage);
  e.scratch_bytes = e.epochs > 0 ? kCopiesInCheckpoint * kFloat * parameters : 0;
  return e;
}

std::optional<double> measured_flops(const Plan& plan,
                                     const std::function<std::optional<double>(const Stage&)>& seconds) {
  double flop = 0, time = 0;
  for (const auto& stage : plan.stages) {
    const auto e = estimate(stage, plan.study);
    if (e.epochs <= 0 || stage.kind != "pretrain") continue;  // how long others search is a guess
    const auto took = seconds(stage);
    if (!took || *took <= 0) continue;
    flop += e.flop, time += *took;
  }
  return time > 0 && flop > 0 ? std::optional(flop / time) : std::nullopt;
}

}  // namespace mpq::harness
