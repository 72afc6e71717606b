#include "training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/stop.h"
#include "training/losses.h"

namespace mpq::training {

using Clock = std::chrono::steady_clock;

namespace {

datasets::LoaderOptions loader_options(const TrainerSetup& setup) {
  datasets::LoaderOptions options;
  options.batch = setup.recipe.batch;
  options.shuffle = true;
  options.drop_last = setup.train.count() >= setup.recipe.batch;
  options.augment = setup.recipe.augment && setup.info->crop_and_flip;
  options.seed = setup.seed;
  options.threads = setup.loader_threads;
  return options;
}

}  // namespace

Trainer::Trainer(models::Network& network, TrainerSetup setup, std::string name)
    : network_(network),
      setup_(std::move(setup)),
      name_(std::move(name)),
      batches_(setup_.train, *setup_.info, loader_options(setup_)),
      optimizer_(network.tensors(), setup_.recipe) {}

std::int64_t Trainer::total_steps() const { return setup_.recipe.epochs * batches_.per_epoch(); }

void Trainer::run(const StepFunction& step) {
  const double decay = resolved_ema_decay(setup_.recipe, total_steps());
  if (decay > 0)
    average_ = std::make_unique<MovingAverage>(optimizer_.tensors(), decay, follow_initialisation_);
  restored_epoch_ = restore() ? at_.epoch : -1;
  if (at_.finished) return;
  if (restored_epoch_ >= 0 && setup_.progress)
    setup_.progress({name_, static_cast<double>(at_.epoch * batches_.per_epoch() + at_.index),
                     static_cast<double>(total_steps()), "step", 0, -1, "continued from a checkpoint"});
  network_.set_norm_use(quant::NormUse::update);
  if (setup_.recipe.dropout > 0) dropout_.emplace(network_, setup_.recipe.dropout, setup_.seed);
  Progress progress(setup_.progress, name_, static_cast<double>(total_steps()), "step",
                    static_cast<double>(at_.epoch * batches_.per_epoch() + at_.index));
  while (at_.epoch < setup_.recipe.epochs) train_epoch(step, progress);
  dropout_.reset();
  at_.finished = true;
  progress.finish();
  save();
}

void Trainer::train_epoch(const StepFunction& step, Progress& progress) {
  const bool resumed_inside = restored_epoch_ == at_.epoch && at_.index > 0;
  if (hook_ && !resumed_inside) hook_(at_.epoch);
  batches_.start(at_.epoch, at_.index);
  while (const auto batch = batches_.next()) {
    optimizer_.zero_gradients();
    if (dropout_) dropout_->begin(at_.epoch * batches_.per_epoch() + at_.index);
    const auto outcome = step({at_.epoch, at_.index, batches_.per_epoch(), batch->images, batch->labels});
    at_.correct += outcome.correct;
    at_.seen += batch->images.size(0);
    update(outcome);
    progress.update(static_cast<double>(at_.epoch * batches_.per_epoch() + at_.index),
                    fmt::format("epoch {}/{}, loss {:.3f}, accuracy {:.1f} %", at_.epoch + 1,
                                setup_.recipe.epochs, at_.loss_sum / static_cast<double>(at_.index),
                                100.0 * static_cast<double>(at_.correct) / static_cast<double>(at_.seen)));
    const bool due =
        std::chrono::duration<double>(Clock::now() - last_save_).count() > setup_.checkpoint_seconds;
    const bool stopping = stop_requested();
    if (due || stopping) save();
    if (stopping) throw_if_stopped();
  }
  finish_epoch();
}

void Trainer::update(const Outcome& outcome) {
  check_finite(outcome.loss);
  const auto& recipe = setup_.recipe;
  if (recipe.clip_value > 0) optimizer_.clip(recipe.clip_value);
  const double within = static_cast<double>(at_.index) / static_cast<double>(batches_.per_epoch());
  const double epoch = static_cast<double>(at_.epoch) + (recipe.schedule == "step" ? within : 0);
  optimizer_.step(sgd_learning_rate(recipe, epoch), step_learning_rate(recipe, epoch));
  if (average_) average_->update(optimizer_.tensors());
  if (auto* meter = network_.meter()) ++meter->now().optimizer_steps;
  at_.loss_sum += outcome.loss;
  ++at_.index;
}

void Trainer::finish_epoch() {
  curves_["loss"].push_back(at_.loss_sum / static_cast<double>(std::max<std::int64_t>(1, at_.index)));
  curves_["accuracy"].push_back(static_cast<double>(at_.correct) /
                                static_cast<double>(std::max<std::int64_t>(1, at_.seen)));
  curves_["lr"].push_back(sgd_learning_rate(setup_.recipe, static_cast<double>(at_.epoch)));
  check_tensors();
  at_ = {at_.epoch + 1, 0, 0, 0, 0, false};
}

void Trainer::check_finite(double loss) const {
  if (!std::isfinite(loss)) throw_broken(fmt::format("loss is {}", loss), first_broken_tensor());
}

void Trainer::check_tensors() const {
  if (const auto tensor = first_broken_tensor(); !tensor.empty())
    throw_broken("a tensor is not finite", tensor);
}

std::string Trainer::first_broken_tensor() const {
  for (const auto& ref : optimizer_.tensors())
    if (ref.tensor->is_floating_point() && !ref.tensor->isfinite().all().item<bool>()) return ref.name;
  return {};
}

void Trainer::throw_broken(const std::string& what, const std::string& tensor) const {
  throw Error(ErrorKind::case_failed,
              {fmt::format("{} at step {} (epoch {})", what, at_.epoch * batches_.per_epoch() + at_.index,
                           at_.epoch + 1),
               fmt::format("training '{}', first tensor that is not finite: {}", name_,
                           tensor.empty() ? "none: the loss itself" : tensor),
               "finite losses, weights and steps",
               fmt::format("lower recipe.lr (now {}) or set recipe.clip_value", setup_.recipe.lr)});
}

void Trainer::backward(const torch::Tensor& loss, std::int64_t images) {
  check_finite(loss.item<double>());
  if (auto* meter = network_.meter()) meter->now().backward_images += images;
  loss.backward();
}

models::StateDict Trainer::result() { return average_ ? average_->state() : network_.state(); }

std::string Trainer::checkpoint_path() const {
  return (std::filesystem::path(setup_.checkpoint_folder) / ("train-" + name_ + ".safetensors")).string();
}

void Trainer::save() {
  last_save_ = Clock::now();
  check_tensors();
  if (setup_.checkpoint_folder.empty()) return;
  models::StateDict all;
  for (const auto& ref : optimizer_.tensors()) all.emplace_back("net/" + ref.name, ref.tensor->detach());
  for (auto& [key, tensor] : optimizer_.state()) all.emplace_back(key, tensor);
  if (average_)
    for (auto& [key, tensor] : average_->state()) all.emplace_back("ema/" + key, tensor);
  for (const auto& [key, tensor] : kept_) all.emplace_back("kept/" + key, *tensor);
  const Json facts = {{"epoch", at_.epoch},
                      {"index", at_.index},
                      {"loss_sum", at_.loss_sum},
                      {"correct", at_.correct},
                      {"seen", at_.seen},
                      {"finished", at_.finished},
                      {"curves", curves_},
                      {"lists", quant::to_json(network_.current_lists())},
                      {"meter", network_.meter() ? network_.meter()->to_json() : Json::object()},
                      {"environment", setup_.environment}};
  models::write_safetensors(checkpoint_path(), all, {{"mpq", facts.dump()}});
}

bool Trainer::restore() {
  if (setup_.checkpoint_folder.empty() || !std::filesystem::exists(checkpoint_path())) return false;
  const auto saved = models::read_checkpoint(checkpoint_path());
  const auto facts = parse_json(saved.metadata.at("mpq").get<std::string>(), checkpoint_path());
  require_environment(facts.at("environment"), setup_.environment, checkpoint_path());
  std::map<std::string, torch::Tensor> tensors(saved.tensors.begin(), saved.tensors.end());
  const torch::NoGradGuard no_grad;
  models::StateDict average;
  for (const auto& ref : optimizer_.tensors()) {
    ref.tensor->detach().copy_(tensors.at("net/" + ref.name));
    if (average_) average.emplace_back(ref.name, tensors.at("ema/" + ref.name));
  }
  if (average_) average_->load(average);
  optimizer_.load(saved.tensors);
  for (const auto& [key, tensor] : kept_) *tensor = tensors.at("kept/" + key).clone();
  network_.set_current_lists(quant::lists_from_json(facts.at("lists")));
  at_ = {facts.at("epoch"),   facts.at("index"), facts.at("loss_sum"),
         facts.at("correct"), facts.at("seen"),  facts.at("finished")};
  curves_ = facts.at("curves").get<Curves>();
  if (network_.meter()) network_.meter()->restore(facts.at("meter"));
  return true;
}

void require_environment(const Json& begun, const Json& now, const std::string& path) {
  if (begun == now) return;
  throw Error(
      ErrorKind::case_failed,
      {"a half-done stage was begun in another environment: " + begun.dump(), path, "this one: " + now.dump(),
       "continue on the machine it was begun on, or remove this file to begin again"});
}

void train_plain(Trainer& trainer, models::Network& network, const Recipe& recipe) {
  trainer.run([&](const Trainer::Step& step) {
    const auto logits = network.forward(step.images);
    const auto loss = hard_loss(logits, step.labels, recipe.label_smoothing);
    trainer.backward(loss, step.images.size(0));
    return Trainer::Outcome{loss.item<double>(), correct_count(logits, step.labels)};
  });
}

}  // namespace mpq::training
