#include "core/meter.h"

#include <gtest/gtest.h>

#include <thread>

namespace mpq {
namespace {

using namespace std::chrono_literals;

TEST(Meter, CountsGoToTheInnermostPhase) {
  Meter meter;
  meter.now().forward_images += 1;
  {
    const Meter::Phase search(meter, "search");
    meter.now().policy_evaluations += 2;
    {
      const Meter::Phase recalibrate(meter, "recalibrate");
      meter.now().forward_images += 3;
    }
    meter.now().policy_evaluations += 4;
  }
  meter.now().forward_images += 5;
  const auto& costs = meter.costs();
  EXPECT_EQ(costs.at("other").forward_images, 6);
  EXPECT_EQ(costs.at("search").policy_evaluations, 6);
  EXPECT_EQ(costs.at("search").forward_images, 0);
  EXPECT_EQ(costs.at("recalibrate").forward_images, 3);
}

TEST(Meter, SecondsGoToThePhaseTheyWereSpentIn) {
  Meter meter;
  {
    const Meter::Phase train(meter, "train");
    std::this_thread::sleep_for(30ms);
    const Meter::Phase search(meter, "search");
  }
  EXPECT_GE(meter.costs().at("train").wall_seconds, 0.03);
  EXPECT_LT(meter.costs().at("search").wall_seconds, meter.costs().at("train").wall_seconds);
}

TEST(Meter, ARestoredMeterCountsOn) {
  Meter before;
  {
    const Meter::Phase train(before, "train");
    before.now() = {1, 2, 3, 4, 5, 60};
  }
  Meter after;
  {
    const Meter::Phase train(after, "train");
    after.now().forward_images = 99;  // counted before the restart was known; the checkpoint decides
    after.restore(before.to_json());
    after.now().optimizer_steps += 10;
  }
  const auto train = after.costs().at("train");
  EXPECT_EQ(train.forward_images, 1);
  EXPECT_EQ(train.backward_images, 2);
  EXPECT_EQ(train.optimizer_steps, 13);
  EXPECT_EQ(train.hessian_products, 4);
  EXPECT_EQ(train.policy_evaluations, 5);
  EXPECT_GE(train.wall_seconds, 60);
  EXPECT_LT(train.wall_seconds, 120);
}

TEST(PeakMemory, CountsWhatWasTouched) {
  const auto before = peak_memory_bytes();
  const std::vector<char> touched(static_cast<std::size_t>(before) + (64 << 20), 1);
  EXPECT_GE(peak_memory_bytes(), static_cast<std::int64_t>(touched.size()));
}

}  // namespace
}  // namespace mpq
