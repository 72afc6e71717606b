// One-shot training under its own defaults, against numbers worked out by hand; what the published program does is
// held by recordings.

#include "training/one_shot.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "models/registry.h"
#include "quant/learned_step.h"
#include "training/freezing.h"
#include "training/optimizer.h"
#include "training/recipe.h"

namespace mpq::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

double half_cosine(double from, double to, double fraction) {
  return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * fraction));
}

std::vector<std::int64_t> events_of(const FreezeSchedule& schedule, std::int64_t epochs) {
  std::vector<std::int64_t> events;
  for (std::int64_t epoch = 0; epoch < epochs + 5; ++epoch)
    if (schedule.fraction_at(epoch, epochs)) events.push_back(epoch);
  return events;
}

TEST(FreezeSchedule, ActsAtSharesOfAFullRun) {
  const FreezeSchedule schedule;
  std::vector<std::int64_t> expected;
  for (std::int64_t epoch = 5; epoch <= 107; epoch += 2) expected.push_back(epoch);
  expected.insert(expected.end(), {110, 125, 140});  // past 0.72 · 150 every fifteenth, counted from 5
  EXPECT_EQ(events_of(schedule, 150), expected);
  EXPECT_EQ(schedule.fraction_at(5, 150), 0.5);
  EXPECT_NEAR(*schedule.fraction_at(77, 150), half_cosine(0.5, 0.2, 72.0 / 145), 1e-12);
  EXPECT_NEAR(*schedule.fraction_at(140, 150), half_cosine(0.5, 0.2, 135.0 / 145), 1e-12);
}

TEST(FreezeSchedule, ShrinksWithTheRun) {
  const FreezeSchedule schedule;
  EXPECT_THAT(events_of(schedule, 1), IsEmpty());
  EXPECT_THAT(events_of(schedule, 3), ElementsAre(1, 2));
  EXPECT_NEAR(*schedule.fraction_at(2, 3), 0.35, 1e-12) << "half of the way";
  // 30 epochs: from 1 on every epoch (0.4, at least 1), past 21 every third.
  EXPECT_THAT(events_of(schedule, 30), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
                                                   18, 19, 20, 21, 22, 25, 28));
}

TEST(Freezing, TakesTheSmallestWeightWidthAndGivesTheListBack) {
  const std::vector<int> full = {6, 5, 4, 3, 2}, depthwise = {6, 5, 4, 3};
  const std::vector<quant::SiteLists> construction = {{full, full}, {depthwise, depthwise}, {full, full}};
  auto current = construction;
  const FreezeRule rule{.target = full};
  const auto freeze_sites = [&](const FreezeRule& how, const std::vector<bool>& frozen) {
    apply_freezing(how, frozen, {false, true, false}, construction, current);
  };
  freeze_sites(rule, {true, true, false});
  EXPECT_THAT(current[0].weight, ElementsAre(6, 5, 4, 3));
  EXPECT_EQ(current[0].act, full) << "split lists: activations are left alone";
  EXPECT_THAT(current[1].weight, ElementsAre(6, 5, 4));
  EXPECT_EQ(current[2], construction[2]);
  freeze_sites(rule, {true, false, true});
  EXPECT_THAT(current[0].weight, ElementsAre(6, 5, 4, 3)) << "nothing accumulates";
  EXPECT_EQ(current[1], construction[1]);
  EXPECT_THAT(current[2].weight, ElementsAre(6, 5, 4, 3));
  freeze_sites({.target = full, .shared = true}, {true, false, false});
  EXPECT_THAT(current[0].act, ElementsAre(6, 5, 4, 3)) << "shared lists: the activation width goes too";
  EXPECT_EQ(current[2], construction[2]);
}

TEST(Freezing, NeverTakesTheOnlyWidth) {
  const std::vector<quant::SiteLists> construction = {{{4}, {4}}};
  auto current = construction;
  apply_freezing({.target = {4}}, {true}, {false}, construction, current);
  EXPECT_EQ(current, construction);
}

TEST(ErrorSchedule, StartsAtFortyOfAHundredAndFiftyAndRisesAlongACosine) {
  const ErrorSchedule schedule{.final_weight = 0.1};
  EXPECT_EQ(schedule.weight_at(39, 399, 150, 10), 0);
  EXPECT_NEAR(schedule.weight_at(95, 950, 150, 10), 0.05, 1e-12);
  EXPECT_NEAR(schedule.weight_at(150, 1500, 150, 10), 0.1, 1e-12);
  EXPECT_EQ(schedule.weight_at(3, 39, 15, 10), 0) << "a tenth of the run, a tenth of the start";
  EXPECT_NEAR(schedule.weight_at(9, 95, 15, 10), 0.05, 1e-12);
  const ErrorSchedule published{.faithful = true, .final_weight = 0.1};
  EXPECT_EQ(published.weight_at(40, 405, 150, 10), 0);
  EXPECT_NEAR(published.weight_at(41, 410, 150, 10), half_cosine(0, 0.1, 10.0 / 1100), 1e-12);
}

TEST(Recipe, WarmsUpLinearlyThenFallsAlongACosineOfTheWholeRun) {
  Recipe recipe;
  recipe.epochs = 100, recipe.lr = 0.1, recipe.lr_min = 0.01, recipe.warmup_lr = 1e-3;
  for (const double warmup : {0.05, 5.0}) {  // a share of the run, or epochs
    recipe.warmup = warmup;
    EXPECT_NEAR(sgd_learning_rate(recipe, 0), 1e-3, 1e-12);
    EXPECT_NEAR(sgd_learning_rate(recipe, 2.5), 0.0505, 1e-12);
    EXPECT_NEAR(sgd_learning_rate(recipe, 5), half_cosine(0.1, 0.01, 0.05), 1e-12);
    EXPECT_NEAR(sgd_learning_rate(recipe, 50), 0.055, 1e-12);
    EXPECT_NEAR(sgd_learning_rate(recipe, 100), 0.01, 1e-12);
  }
}

TEST(Recipe, ChoosesThePublishedWindowOfTheAverageForAnyLength) {
  Recipe recipe;
  recipe.ema_decay = 0.9;
  EXPECT_EQ(resolved_ema_decay(recipe, 10), 0.9);
  recipe.ema_decay = -1;
  EXPECT_NEAR(resolved_ema_decay(recipe, 150 * 2502), 0.9997, 1e-12);
  EXPECT_NEAR(resolved_ema_decay(recipe, 15 * 2502), 0.997, 1e-12);
  EXPECT_GT(resolved_ema_decay(recipe, 113), 0);
  EXPECT_EQ(resolved_ema_decay(recipe, 112), 0);
}

// Quirk 13: the published average starts a step from 1, the value it had before its first use.
TEST(MovingAverage, TakesAStepThatIsUsedForTheFirstTimeAsItIs) {
  auto steps = torch::ones({2}), flags = torch::zeros({2});
  const std::vector<quant::TensorRef> refs = {{"s", &steps, quant::Role::step},
                                              {"s_initialized", &flags, quant::Role::buffer}};
  MovingAverage ours(refs, 0.5, /*follow_initialisation=*/true), published(refs, 0.5, false);
  const auto expect = [](const MovingAverage& average, float first, float second) {
    EXPECT_TRUE(torch::equal(average.state()[0].second, torch::tensor({first, second})));
  };
  steps[0] = 0.25, flags[0] = 1;
  ours.update(refs), published.update(refs);
  expect(ours, 0.25F, 1);
  expect(published, 0.625F, 1);
  steps[0] = 0.75;
  ours.update(refs), published.update(refs);
  expect(ours, 0.5F, 1);
  expect(published, 0.6875F, 1);
}

std::unique_ptr<models::Network> supernet(const std::string& name, std::int64_t side) {
  models::NetworkContext context;
  context.height = context.width = side;
  context.seed = 2;
  auto network = models::make_network(name, Json::object(), context);
  network->quantize({.norm_bank = true});
  return network;
}

torch::Tensor pictures(std::int64_t count, std::int64_t side) {
  return torch::linspace(-50, 50, count * 3 * side * side)
      .sin()
      .view({count, 3, side, side})
      .contiguous(at::MemoryFormat::ChannelsLast);
}

const auto kBackward = [](const torch::Tensor& loss, std::int64_t) { loss.backward(); };

TEST(OneShotStep, ReleasesInRangeWeightsOncePerStepOrOncePerPass) {
  const auto network = supernet("resnet8", 32);
  const auto labels = torch::arange(4);
  const auto norm_of = [&](std::size_t site) {
    auto* layer = network->sites()[site];
    auto* quantizer = dynamic_cast<quant::LearnedStep*>(layer->weight_quantizer());
    const auto step = quantizer->steps().detach()[quantizer->index_of(2)].item<double>();
    double sum = 0;  // signed, 2 bits: levels −2 … 1
    const auto weight = layer->weight().detach().contiguous().view(-1);
    for (std::int64_t i = 0; i < weight.numel(); ++i) {
      const double clipped = std::clamp(weight[i].item<double>(), -2 * step, step);
      sum += clipped * clipped / 2;
    }
    return sum;
  };
  std::vector<quant::Policy> policies(3, quant::Policy(network->sites().size(), {3, 3}));
  policies[1][0].weight = policies[2][0].weight = policies[2][1].weight = 2;
  OneShotLosses losses;
  losses.in_range_decay = 0.5;
  auto reports = one_shot_step(*network, pictures(4, 32), labels, policies, losses, kBackward);
  const double first = 0.5 * norm_of(0), second = 0.5 * norm_of(1);
  EXPECT_EQ(reports[0].in_range, 0);
  EXPECT_EQ(reports[1].in_range, 0);
  EXPECT_NEAR(reports[2].in_range, first + second, 1e-5 * (first + second));
  losses.in_range_per_pass = true;
  reports = one_shot_step(*network, pictures(4, 32), labels, policies, losses, kBackward);
  EXPECT_EQ(reports[0].in_range, 0);
  EXPECT_NEAR(reports[1].in_range, first, 1e-5 * first);
  EXPECT_NEAR(reports[2].in_range, first + second, 1e-5 * (first + second));
}

TEST(OneShotStep, AlignsTheSitesThatHaveANorm) {
  const auto network = supernet("mobilenet_v3_small", 64);  // its squeeze-excite sites have none
  std::int64_t with_norm = 0;
  for (const auto* site : network->sites()) with_norm += site->name().find(".fc") == std::string::npos;
  ASSERT_LT(with_norm, std::ssize(network->sites()));
  OneShotLosses losses;
  losses.alignment_weight = 0.01;
  const auto reports =
      one_shot_step(*network, pictures(2, 64), torch::arange(2),
                    {largest_current_policy(*network), quant::smallest_policy(network->current_lists())},
                    losses, kBackward);
  EXPECT_EQ(std::ssize(reports[1].alignment_per_site), with_norm);
  EXPECT_GT(reports[1].alignment, 0);
}

}  // namespace
}  // namespace mpq::training
