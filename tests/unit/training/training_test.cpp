#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.h"
#include "tests/unit/training/small_training.h"
#include "training/evaluate.h"
#include "training/losses.h"
#include "training/one_shot.h"

namespace mpq::training {
namespace {

// With every part off a step is a plain supernet step: this is that definition, written without
// one_shot_step. The same operations in the same order: the same bits, at every pass of every step.
TEST(OneShot, WithAllPartsOffEqualsAPlainSupernetStepForStep) {
  const auto ours = network_of(true), plain = network_of(true);
  std::vector<double> our_losses, plain_losses;
  const auto recipe = small_recipe();
  Trainer a(*ours, setup_of(recipe, 96), "ours"), b(*plain, setup_of(recipe, 96), "plain");
  a.run([&](const Trainer::Step& step) {
    std::vector<quant::Policy> policies{largest_current_policy(*ours)};
    for (int pass = 1; pass <= 2; ++pass) policies.push_back(draw_policy(*ours, 1, step.number(), pass));
    const auto reports =
        one_shot_step(*ours, step.images, step.labels, policies, {},
                      [&](const torch::Tensor& loss, std::int64_t n) { a.backward(loss, n); });
    for (const auto& report : reports) our_losses.push_back(report.total);
    return Trainer::Outcome{reports.front().total, 0};
  });
  b.run([&](const Trainer::Step& step) {
    plain->set_policy(largest_current_policy(*plain));
    const auto teacher = plain->forward(step.images);
    const auto loss = at::cross_entropy_loss(teacher, step.labels);
    b.backward(loss, step.images.size(0));
    plain_losses.push_back(loss.item<double>());
    const auto target = at::log_softmax(teacher.detach(), 1);
    for (int pass = 1; pass <= 2; ++pass) {
      plain->set_policy(draw_policy(*plain, 1, step.number(), pass));
      const auto logits = plain->forward(step.images);
      const auto soft = (target.exp() * (target - at::log_softmax(logits, 1))).sum() / step.images.size(0);
      const auto both = 0.5 * at::cross_entropy_loss(logits, step.labels) + 0.5 * soft;
      b.backward(both, step.images.size(0));
      plain_losses.push_back(both.item<double>());
    }
    return Trainer::Outcome{loss.item<double>(), 0};
  });
  EXPECT_EQ(our_losses.size(), 9U) << "three steps of three passes";
  EXPECT_EQ(our_losses, plain_losses);
  const auto left = a.result(), right = b.result();
  for (std::size_t i = 0; i < left.size(); ++i)
    EXPECT_TRUE(torch::equal(left[i].second, right[i].second)) << left[i].first;
}

TEST(Trainer, NormStatisticsOfUnusedPairsNeverMove) {
  const auto network = network_of(true);
  const auto before = network->state();
  const auto recipe = small_recipe();
  Trainer trainer(*network, setup_of(recipe, 64), "pairs");
  trainer.run([&](const Trainer::Step& step) {
    const auto reports =
        one_shot_step(*network, step.images, step.labels, {largest_current_policy(*network)}, {},
                      [&](const torch::Tensor& loss, std::int64_t n) { trainer.backward(loss, n); });
    return Trainer::Outcome{reports.front().total, 0};
  });
  const auto after = network->state();
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i].second.dim() != 3) continue;  // norm banks [W, A, C]
    EXPECT_TRUE(torch::equal(before[i].second[4][4], after[i].second[4][4])) << after[i].first;
    if (after[i].first.ends_with("running_mean"))
      EXPECT_FALSE(torch::equal(before[i].second[0][0], after[i].second[0][0]));
  }
}

TEST(Trainer, StopsAtNanAndSaysWhere) {
  const auto network = network_of(false);
  auto recipe = small_recipe();
  Trainer trainer(*network, setup_of(recipe, 64), "broken");
  network->sites()[2]->weight().detach().fill_(std::nan(""));
  try {
    train_plain(trainer, *network, recipe);
    FAIL() << "NaN must stop the training";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::case_failed);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("loss is nan at step 0 (epoch 1)"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("first tensor that is not finite: layer2.0.conv1.weight"));
  }
}

TEST(Trainer, CountsPassesAndSteps) {
  const auto network = network_of(false);
  Meter meter;
  network->set_meter(&meter);
  const auto recipe = small_recipe();
  Trainer trainer(*network, setup_of(recipe, 96), "count");
  train_plain(trainer, *network, recipe);
  const auto cost = meter.costs().at("other");
  EXPECT_EQ(cost.forward_images, 96);
  EXPECT_EQ(cost.backward_images, 96);
  EXPECT_EQ(cost.optimizer_steps, 3);
}

TEST(Recalibration, MakesStatisticsThePlainAverageOverBatchesAndTouchesNothingElse) {
  const auto network = network_of(false);
  const auto before = network->state();
  auto view = synthetic().split(datasets::Split::calib);
  view.indices.resize(96);
  const auto images = load_all(view, synthetic().info()).images;
  recalibrate(*network, images, 32);
  torch::Tensor mean = torch::zeros({16});
  const torch::NoGradGuard no_grad;
  for (int b = 0; b < 3; ++b)
    mean += at::conv2d(images.slice(0, 32 * b, 32 * (b + 1)), network->layers()[0]->weight(), {}, 1, 1)
                .mean({0, 2, 3}) /
            3;
  const auto after = network->state();
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto& name = after[i].first;
    if (name == "bn1.running_mean") EXPECT_LE((after[i].second - mean).abs().max().item<double>(), 1e-5);
    if (name.find("running") == std::string::npos && name.find("num_batches") == std::string::npos)
      EXPECT_TRUE(torch::equal(before[i].second, after[i].second)) << name;
  }
}

// Black borders of the crop belong to the statistics that a network was trained under.
TEST(AugmentedImages, AreThoseOfTrainingAndAlwaysAlike) {
  const auto view = synthetic().split(datasets::Split::calib);
  const auto plain = load_all(view, synthetic().info());
  const auto augmented = load_all_augmented(view, synthetic().info());
  EXPECT_TRUE(torch::equal(augmented.indices, plain.indices));
  EXPECT_TRUE(torch::equal(augmented.labels, plain.labels));
  EXPECT_FALSE(torch::equal(augmented.images, plain.images));
  EXPECT_TRUE(torch::equal(augmented.images, load_all_augmented(view, synthetic().info(), 2).images));
  datasets::LoaderOptions as_training;
  as_training.batch = 16, as_training.augment = true;
  Batches batches(view, synthetic().info(), as_training);
  batches.start(0);
  EXPECT_TRUE(torch::equal(batches.next()->images, augmented.images.slice(0, 0, 16)));
}

TEST(Prediction, SeesEveryImageExactlyOnce) {
  const auto network = network_of(false);
  const auto view = synthetic().split(datasets::Split::holdout);
  const auto seen = predict(*network, view, synthetic().info(), 2);
  std::vector<std::int64_t> expected(view.indices.begin(), view.indices.end());
  EXPECT_EQ(seen.image_index, expected);
  EXPECT_EQ(seen.top5.size(), 5 * expected.size());
}

// Probabilities of distant classes are zero alike: the five best are told apart by their logits.
TEST(Prediction, RanksByLogits) {
  const auto network = network_of(false);
  {
    const torch::NoGradGuard no_grad;
    for (const auto& ref : network->tensors()) {
      if (ref.name == "fc.weight") ref.tensor->zero_();
      if (ref.name == "fc.bias") ref.tensor->copy_(torch::arange(10) * 1000);
    }
  }
  auto view = synthetic().split(datasets::Split::holdout);
  view.indices.resize(3);
  const auto seen = predict(*network, view, synthetic().info(), 1);
  for (std::size_t image = 0; image < 3; ++image)
    for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(seen.top5[5 * image + k], 9 - static_cast<int>(k));
}

// Quirk 34: a rate far above the size of a step would pass it through zero in one update.
TEST(Optimizer, AStepSizeLosesAtMostHalfOfItself) {
  auto bank = torch::full({1}, 1e-3).requires_grad_();
  Optimizer optimizer({{"bank", &bank, quant::Role::step}}, Recipe{});
  for (int update = 1; update <= 3; ++update) {
    bank.mutable_grad() = torch::ones({1});
    optimizer.step(0, 1.0);
    EXPECT_FLOAT_EQ(bank.item<float>(), 1e-3F / static_cast<float>(1 << update));
  }
}

TEST(Optimizer, RestoredStateContinuesToTheSameBits) {
  const auto a = network_of(true), b = network_of(true);
  auto recipe = small_recipe();
  Optimizer one(a->tensors(), recipe), two(b->tensors(), recipe);
  const auto push = [](models::Network& network, Optimizer& optimizer, double factor) {
    optimizer.zero_gradients();
    for (const auto& ref : network.tensors())
      if (ref.role != quant::Role::buffer) ref.tensor->mutable_grad() = ref.tensor->detach() * factor + 0.01;
    optimizer.step(0.1, 0.01);
  };
  push(*a, one, 0.5);
  push(*b, two, 0.5);
  Optimizer restored(b->tensors(), recipe);
  restored.load(two.state());
  push(*a, one, -0.3);
  push(*b, restored, -0.3);
  EXPECT_TRUE(same(a->state(), b->state()));
}

TEST(Dropout, DrawsAreKeyedByStepAndPassAndOnlyTrainingSeesThem) {
  const auto network = network_of(false);
  network->set_norm_use(quant::NormUse::batch);
  const auto images =
      load_all(synthetic().split(datasets::Split::calib), synthetic().info()).images.slice(0, 0, 8);
  const auto plain = network->forward(images).detach();
  {
    Dropout dropout(*network, 0.5, 7);
    dropout.begin(3);
    const auto first = network->forward(images), second = network->forward(images);
    EXPECT_FALSE(torch::equal(first, plain));
    EXPECT_FALSE(torch::equal(first, second)) << "another pass of the step";
    dropout.begin(3);
    EXPECT_TRUE(torch::equal(network->forward(images), first));
    dropout.begin(4);
    EXPECT_FALSE(torch::equal(network->forward(images), first));
    const torch::NoGradGuard no_grad;
    EXPECT_TRUE(torch::equal(network->forward(images), plain));
  }
  EXPECT_TRUE(torch::equal(network->forward(images), plain)) << "it is taken off again";
}

TEST(Dropout, KeepsTheMean) {
  const auto factors = dropout_factors({100, 1000}, 0.2, RandomStream(1, "test"));
  EXPECT_NEAR(factors.eq(0).to(torch::kFloat64).mean().item<double>(), 0.2, 0.005);  // 4 deviations
  EXPECT_TRUE((factors.eq(0) | factors.eq(1.25)).all().item<bool>());
}

TEST(Dropout, IsPartOfATrainingThatARecipeAsksFor) {
  auto recipe = small_recipe();
  const auto trained = [&](double rate) {
    recipe.dropout = rate;
    const auto network = network_of(false);
    Trainer trainer(*network, setup_of(recipe, 64), "dropout");
    train_plain(trainer, *network, recipe);
    return trainer.result();
  };
  EXPECT_TRUE(same(trained(0.3), trained(0.3)));
  EXPECT_FALSE(same(trained(0.3), trained(0)));
}

}  // namespace
}  // namespace mpq::training
