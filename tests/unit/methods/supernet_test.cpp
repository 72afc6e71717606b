// rfquant as a method: every option reaches what it is for, and with all parts off a plain supernet is left.

#include <gmock/gmock.h>

#include "tests/unit/methods/small_task.h"
#include "training/losses.h"
#include "training/one_shot.h"

namespace mpq::methods {
namespace {

using ::testing::HasSubstr;

const Json kPlain = {{"scheduler", false}, {"mitigation", false}, {"error_loss", false}, {"in_range", false}};

class Supernet : public SmallTask {
 protected:
  Supernet() : SmallTask(32, 16) {}
  static std::unique_ptr<Method> make(const Json& options) {
    return registry().find("rfquant", "test").make(options);
  }
  Prepared prepare(Json options) const {
    options.emplace("random_passes", 1);
    auto t = task(2);
    return make(options)->prepare(t);
  }
  static bool same(const models::StateDict& a, const models::StateDict& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i].first != b[i].first || !torch::equal(a[i].second, b[i].second)) return false;
    return a.size() == b.size();
  }
};

TEST_F(Supernet, WithAllPartsOffIsAPlainOneBitForBit) {
  const auto ours = prepare(kPlain);
  auto t = task(2);
  const auto network = t.float_network();
  network->quantize({.candidates = t.candidates(), .norm_bank = true});
  auto trainer = t.trainer(*network, "plain", t.recipe());
  trainer.run([&](const training::Trainer::Step& step) {
    torch::Tensor teacher;
    double first = 0;
    for (int pass = 0; pass <= 1; ++pass) {
      network->set_policy(pass == 0 ? training::largest_current_policy(*network)
                                    : training::draw_policy(*network, 3, step.number(), pass));
      const auto logits = network->forward(step.images);
      auto loss = training::hard_loss(logits, step.labels);
      if (pass > 0) loss = 0.5 * loss + 0.5 * training::soft_loss(logits, teacher);
      trainer.backward(loss, step.images.size(0));
      if (pass == 0) teacher = logits.detach(), first = loss.item<double>();
    }
    return training::Trainer::Outcome{first, 0};
  });
  EXPECT_TRUE(same(ours.tensors, trainer.result()));
}

TEST_F(Supernet, EveryPartChangesWhatIsTrained) {
  const auto plain = prepare(kPlain);
  for (const std::string part : {"scheduler", "mitigation", "error_loss", "in_range"}) {
    auto with = kPlain;
    with[part] = true;
    EXPECT_FALSE(same(prepare(with).tensors, plain.tensors)) << part;
  }
  for (const auto& [option, value] : {std::pair<std::string, Json>{"external_teacher", "float"},
                                      {"random_passes", 2},
                                      {"faithful", true}}) {
    auto with = kPlain;
    with[option] = value;
    EXPECT_FALSE(same(prepare(with).tensors, plain.tensors)) << option;
  }
  auto tapped = kPlain;
  tapped["mitigation"] = true;
  const auto after_activation = prepare(tapped);
  tapped["tap"] = "norm_output";
  EXPECT_FALSE(same(prepare(tapped).tensors, after_activation.tensors));
}

TEST_F(Supernet, SmoothsItsTargetsAsTheRecipeSays) {
  const auto hard = prepare(kPlain);
  recipe_.label_smoothing = 0.1;
  EXPECT_FALSE(same(prepare(kPlain).tensors, hard.tensors));
}

// Two epochs: one event, at the start of the second, of half of the six sites.
TEST_F(Supernet, SchedulerTakesTheSmallestWidthOfHalfTheSites) {
  for (const std::string lists : {"split", "shared"}) {
    auto t = task(2);
    const auto prepared = make({{"random_passes", 1}, {"lists", lists}})->prepare(t);
    const auto events = to_tensor(t.records().at("/method/freeze_events"));
    ASSERT_EQ(events.size(0), 1);
    EXPECT_EQ(events[0][0].item<double>(), 1) << "epoch, counted from 0";
    EXPECT_EQ(events[0][1].item<double>(), 0.5);
    int frozen = 0;
    for (std::int64_t site = 0; site < 6; ++site) {
      const auto& list = prepared.facts.at("lists").at(static_cast<std::size_t>(site));
      const bool is_frozen = events[0][2 + 6 + site].item<double>() == 1;
      frozen += is_frozen;
      EXPECT_EQ(list.at("weight"), is_frozen ? Json({6, 5, 4, 3}) : Json({6, 5, 4, 3, 2}));
      EXPECT_EQ(list.at("act"), is_frozen && lists == "shared" ? Json({6, 5, 4, 3}) : Json({6, 5, 4, 3, 2}));
    }
    EXPECT_EQ(frozen, 3);
  }
}

TEST_F(Supernet, FaithfulModeNeedsTheEpochsOfItsErrorLoss) {
  auto t = task(2);
  try {
    make({{"faithful", true}})->prepare(t);
    FAIL() << "its error loss would start at epoch 40 of 2";
  } catch (const Unsupported& declined) {
    EXPECT_THAT(declined.reason, HasSubstr("more than 40 epochs"));
  }
}

TEST_F(Supernet, RandomSearchScoresAsManyPoliciesAsTheGreedyOneAndKeepsTheBest) {
  const auto prepared = prepare(kPlain);
  const Json options = {{"search", "random"}, {"search_images", 8}, {"max_iterations", 2}};
  auto t = task(2);
  const auto deployed = make(options)->deploy(t, prepared, budget(3));
  const auto drawn = to_tensor(t.records().at("/method/search/random_policies"));
  const auto entropy = to_tensor(t.records().at("/method/search/random_cross_entropy"));
  const auto errors = to_tensor(t.records().at("/method/search/error"));
  EXPECT_EQ(drawn.size(0), errors.isfinite().sum().item<std::int64_t>());
  const auto best = drawn[entropy.argmin()];
  for (std::int64_t site = 0; site < 6; ++site)
    EXPECT_EQ(deployed.network->policy()[static_cast<std::size_t>(site)],
              (quant::Bits{best[site][0].item<int>(), best[site][1].item<int>()}));
  EXPECT_LE(quant::bitops(deployed.network->facts(), deployed.network->policy()), budget(3).bitops);
}

// β is the largest width whose uniform policy fits; the walk starts at start_bits, or above β where that is higher.
TEST_F(Supernet, GreedySearchStartsAboveTheBudget) {
  const auto prepared = prepare(kPlain);
  const auto start_of = [&](int bits) {
    auto t = task(2);
    make({{"search_images", 8}, {"max_iterations", 2}})->deploy(t, prepared, budget(bits));
    const auto before = to_tensor(t.records().at("/method/search/before"));
    EXPECT_TRUE(before[0].eq(before[0][0][0]).all().item<bool>()) << "uniform";
    return before[0][0][0].item<int>();
  };
  EXPECT_EQ(start_of(3), 5);
  EXPECT_EQ(start_of(4), 5);
  EXPECT_EQ(start_of(5), 6);
}

}  // namespace
}  // namespace mpq::methods
