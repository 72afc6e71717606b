#include "core/progress.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace mpq {
namespace {

using namespace std::chrono_literals;

TEST(ClockText, IsShortAndNeverNegative) {
  EXPECT_EQ(clock_text(0), "0:00");
  EXPECT_EQ(clock_text(-3), "0:00");
  EXPECT_EQ(clock_text(59.6), "1:00");
  EXPECT_EQ(clock_text(75), "1:15");
  EXPECT_EQ(clock_text(3599.4), "59:59");
  EXPECT_EQ(clock_text(3700), "1:01:40");
  EXPECT_EQ(clock_text(90061), "25:01:01");
}

TEST(ToLine, SaysWhatHowFarRateAndTimeLeft) {
  EXPECT_EQ(to_line({"train", 12, 34, "step", 5.6, 83, "loss 1.23"}),
            "train 12/34 step, 5.6/s, 1:23 left, loss 1.23");
  EXPECT_EQ(to_line({"train", 0, 34, "step", 0, -1, ""}), "train 0/34 step");
  EXPECT_EQ(to_line({"read", 1, 2, "image", 51234.5, 0, ""}), "read 1/2 image, 51234/s, 0:00 left");
}

TEST(Progress, SendsAtMostOneEventPerInterval) {
  std::vector<ProgressEvent> events;
  Progress progress([&](const auto& event) { events.push_back(event); }, "train", 10, "step", 0, 1000);
  for (int i = 1; i <= 10; ++i) progress.update(i);
  EXPECT_TRUE(events.empty());
  progress.finish("done");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].done, 10);
  EXPECT_EQ(events[0].seconds_left, 0);
  EXPECT_EQ(events[0].detail, "done");
}

TEST(Progress, ItsRateIsThatOfThisProcess) {
  std::vector<ProgressEvent> events;
  Progress progress([&](const auto& event) { events.push_back(event); }, "train", 1000, "step", 900, 0);
  std::this_thread::sleep_for(20ms);
  progress.update(910, "loss 1");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].what, "train");
  EXPECT_EQ(events[0].total, 1000);
  EXPECT_GT(events[0].rate, 0);
  EXPECT_LE(events[0].rate, 10 / 0.02);  // 10 steps in at least 20 ms, not 910
  EXPECT_NEAR(events[0].seconds_left, 90 / events[0].rate, 1e-9);
}

TEST(Progress, WithoutASinkNothingHappens) {
  Progress progress({}, "train", 10, "step", 0, 0);
  EXPECT_NO_THROW(progress.update(1));
  EXPECT_NO_THROW(progress.finish());
}

}  // namespace
}  // namespace mpq
