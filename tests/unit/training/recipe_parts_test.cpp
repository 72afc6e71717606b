// A training does what its recipe says: the trainer against the recipe's definition written as a plain loop.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/error.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/training/small_training.h"
#include "training/batches.h"
#include "training/losses.h"
#include "training/one_shot.h"

namespace mpq::training {
namespace {

constexpr std::int64_t kImages = 96;  // three steps an epoch

Recipe full_recipe() {
  Recipe recipe;
  recipe.epochs = 2;
  recipe.batch = 32;
  recipe.lr = 0.05;
  recipe.warmup = 0;
  recipe.schedule = "epoch";
  recipe.weight_decay = 0.05;
  recipe.label_smoothing = 0.2;
  recipe.clip_value = 0.01;
  recipe.ema_decay = 0.5;
  return recipe;
}

models::StateDict trained(const Recipe& recipe) {
  const auto network = network_of(false);
  Trainer trainer(*network, setup_of(recipe, kImages), "recipe");
  train_plain(trainer, *network, recipe);
  return trainer.result();
}

// (1 - e) times the label's negative log-likelihood, e times its mean over the classes.
torch::Tensor smoothed_loss(const torch::Tensor& logits, const torch::Tensor& labels, double e) {
  const auto negative = -at::log_softmax(logits, 1);
  return ((1 - e) * negative.gather(1, labels.unsqueeze(1)).squeeze(1) + e * negative.mean(1)).mean();
}

models::StateDict trained_plainly(const Recipe& recipe) {
  const auto network = network_of(false);
  const auto setup = setup_of(recipe, kImages);
  datasets::LoaderOptions order;
  order.batch = recipe.batch, order.shuffle = true, order.augment = recipe.augment, order.seed = setup.seed;
  Batches batches(setup.train, *setup.info, order);
  network->set_norm_use(quant::NormUse::update);
  std::map<std::string, torch::Tensor> momentum, average;
  for (const auto& ref : network->tensors()) average[ref.name] = ref.tensor->detach().clone();
  for (std::int64_t epoch = 0; epoch < recipe.epochs; ++epoch) {
    batches.start(epoch);
    for (std::int64_t step = 0; const auto batch = batches.next(); ++step) {
      for (const auto& ref : network->tensors())
        if (ref.tensor->grad().defined()) ref.tensor->mutable_grad().zero_();
      smoothed_loss(network->forward(batch->images), batch->labels, recipe.label_smoothing).backward();
      const bool by_step = recipe.schedule == "step";
      const double rate = sgd_learning_rate(
          recipe, static_cast<double>(epoch) + (by_step ? static_cast<double>(step) / 3 : 0));
      const torch::NoGradGuard no_grad;
      for (const auto& ref : network->tensors()) {
        if (ref.role != quant::Role::buffer) {
          auto gradient = ref.tensor->grad().clone();
          if (recipe.clip_value > 0) gradient.clamp_(-recipe.clip_value, recipe.clip_value);
          if (ref.role == quant::Role::weight) gradient += recipe.weight_decay * *ref.tensor;
          auto& m = momentum[ref.name];
          m = m.defined() ? recipe.momentum * m + gradient : gradient;
          ref.tensor->sub_(rate * (recipe.nesterov ? gradient + recipe.momentum * m : m));
        }
        auto& mean = average[ref.name];
        if (mean.is_floating_point())
          mean = recipe.ema_decay * mean + (1 - recipe.ema_decay) * ref.tensor->detach();
      }
    }
  }
  models::StateDict result;
  for (const auto& ref : network->tensors())
    result.emplace_back(ref.name, recipe.ema_decay > 0 ? average[ref.name] : ref.tensor->detach());
  return result;
}

double largest_distance(const models::StateDict& a, const models::StateDict& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    if (a[i].second.is_floating_point())
      largest = std::max(largest, (a[i].second - b[i].second).abs().max().item<double>());
  }
  return largest;
}

TEST(RecipeParts, TrainerFollowsTheirDefinitions) {
  const auto recipe = full_recipe();
  const auto ours = trained(recipe);
  // Other roundings grow to between 1e-5 and 2e-4 in six steps, by version of LibTorch; every part moves some value by 1e-2.
  EXPECT_LE(largest_distance(ours, trained_plainly(recipe)), 1e-3);
  const std::map<std::string, std::function<void(Recipe&)>> without = {
      {"label_smoothing", [](Recipe& r) { r.label_smoothing = 0; }},
      {"clip_value", [](Recipe& r) { r.clip_value = 0; }},
      {"schedule", [](Recipe& r) { r.schedule = "step"; }},
      {"weight_decay", [](Recipe& r) { r.weight_decay = 0; }},
      {"nesterov", [](Recipe& r) { r.nesterov = false; }},
      {"ema_decay", [](Recipe& r) { r.ema_decay = 0; }},
      {"augment", [](Recipe& r) { r.augment = false; }},
  };
  for (const auto& [part, take_away] : without) {
    auto other = recipe;
    take_away(other);
    EXPECT_GT(largest_distance(ours, trained_plainly(other)), 5e-3) << part << " changes nothing";
  }
}

TEST(RecipeParts, OneShotStepSmoothsTheTargetsOfEveryPass) {
  const auto network = network_of(true);
  auto view = synthetic().split(datasets::Split::calib);
  view.indices.resize(8);
  const auto data = load_all(view, synthetic().info());
  OneShotLosses losses;
  losses.label_smoothing = 0.2;
  const auto reports =
      one_shot_step(*network, data.images, data.labels,
                    {largest_current_policy(*network), quant::smallest_policy(network->current_lists())},
                    losses, [](const torch::Tensor& loss, std::int64_t) { loss.backward(); });
  ASSERT_EQ(reports.size(), 2U);
  for (const auto& report : reports)
    EXPECT_NEAR(report.hard, smoothed_loss(report.logits, data.labels, 0.2).item<double>(), 1e-5);
}

// Numbers of two environments differ in their last bits, so a training does not begin in one and end in another.
TEST(RecipeParts, AHalfDoneTrainingOfAnotherEnvironmentFailsAndNamesItsCheckpoint) {
  const mpq::testing::TempFolder folder;
  const auto recipe = full_recipe();
  const auto train = [&](const Json& environment) {
    const auto network = network_of(false);
    auto setup = setup_of(recipe, kImages);
    setup.checkpoint_folder = folder.path();
    setup.environment = environment;
    Trainer trainer(*network, setup, "moved");
    train_plain(trainer, *network, recipe);
  };
  train({{"libtorch", "1"}});
  try {
    train({{"libtorch", "2"}});
    FAIL() << "it must not go on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::case_failed) << "other cases can go on";
    EXPECT_EQ(error.parts().where, folder / "train-moved.safetensors");
  }
}

}  // namespace
}  // namespace mpq::training
