// What the view of a run promises: one redrawn line per stage on a terminal, else a line a minute.

#include "cli/run_view.h"

#include <gtest/gtest.h>

#include <sstream>

namespace mpq::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class View : public ::testing::Test {
 protected:
  RunView::Screen screen(bool terminal, std::size_t width = 80) {
    return {out_, terminal, width, [this] { return now_; }};
  }
  static ProgressEvent event(double done) {
    return {"train", done, 10, "step", 2, (10 - done) / 2, "loss 1"};
  }
  std::string text() { return std::exchange(out_, std::ostringstream()).str(); }

  std::ostringstream out_;
  RunView::Clock::time_point now_{seconds(1000)};
  harness::Stage first_{"a", "deploy", "deploy one", Json(), {}},
      second_{"b", "deploy", "deploy two", Json(), {}};
};

TEST_F(View, WithoutATerminalTellsEachStageOnceAMinute) {
  RunView view(screen(false), 2, nullptr);
  view.started(first_, 1);
  for (int second = 0; second < 150; ++second) {
    view.progress(first_, event(second / 20.0));
    view.tick();
    now_ += seconds(1);
  }
  EXPECT_EQ(text(),
            "deploy one  train 3/10 step, 2/s, 0:04 left, loss 1\ndeploy one  train 6/10 step, 2/s, 0:02 "
            "left, loss 1\n");
}

TEST_F(View, TellsEveryEndWithItsNumber) {
  RunView view(screen(false), 2, nullptr);
  view.started(first_, 1);
  view.finished(first_, 75);
  view.started(second_, 1);
  view.failed(second_, {ErrorKind::case_failed, {"loss is NaN", "step 3", "a number", "lower lr"}});
  EXPECT_EQ(
      text(),
      "[1/2] deploy one  done  1:15\n[2/2] deploy two  failed\nmpq: error: loss is NaN\n  where:    step 3\n"
      "  expected: a number\n  fix:      lower lr\n");
}

TEST_F(View, OnATerminalRedrawsOneLineForEachRunningStage) {
  RunView view(screen(true), 2, nullptr);
  view.started(first_, 1);
  view.started(second_, 1);
  view.tick();
  EXPECT_EQ(text(), "deploy one  starting\ndeploy two  starting\n");
  now_ += milliseconds(300);
  view.progress(second_, event(5));
  view.tick();
  const std::string up = "\x1b[1A\x1b[2K";
  EXPECT_EQ(text(), up + up + "deploy one  starting\ndeploy two  train 5/10 step, 2/s, 0:03 left, loss 1\n");
  view.finished(first_, 3);
  EXPECT_EQ(text(),
            up + up + "[1/2] deploy one  done  0:03\ndeploy two  train 5/10 step, 2/s, 0:03 left, loss 1\n");
}

TEST_F(View, OnATerminalRedrawsAFewTimesASecondAtMost) {
  RunView view(screen(true), 1, nullptr);
  view.started(first_, 1);
  view.tick();
  text();
  view.progress(first_, event(1));
  now_ += milliseconds(100);
  view.tick();
  EXPECT_EQ(text(), "");
}

TEST_F(View, CutsALineThatWouldWrap) {
  RunView view(screen(true, 12), 1, nullptr);
  first_.title = "± a long title of a stage";
  view.started(first_, 1);
  view.tick();
  EXPECT_EQ(text(), "± a long ti\n");
}

}  // namespace
}  // namespace mpq::cli
