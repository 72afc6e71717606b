#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <ostream>
#include <string>

#include "harness/live_status.h"
#include "harness/supervisor.h"

namespace mpq::cli {

/// Shows a run while it runs. On a terminal: one line for each running stage, redrawn in place.
/// Otherwise: a line a minute for each. A line for each stage that ends, either way.
class RunView : public harness::Observer {
 public:
  using Clock = std::chrono::steady_clock;

  struct Screen {
    std::ostream& out;
    bool terminal = false;
    std::size_t width = 80;  ///< columns of the terminal
    std::function<Clock::time_point()> now = Clock::now;
  };

  /// `live` (may be null) is kept up to date for `mpq status`; `stages` are those that will run.
  RunView(Screen screen, std::size_t stages, harness::LiveStatus* live);
  ~RunView() override;

  void started(const harness::Stage& stage, int attempt) override;
  void progress(const harness::Stage& stage, const ProgressEvent& event) override;
  void finished(const harness::Stage& stage, double wall_seconds) override;
  void failed(const harness::Stage& stage, const harness::Failure& failure) override;
  void restarting(const harness::Stage& stage, int signal) override;
  void stopping(std::size_t running, bool killing) override;
  void tick() override;

 private:
  struct Line {
    const harness::Stage* stage;
    std::string text;
    Clock::time_point told;  // when this stage last had a line of its own (no terminal)
  };

  Line& line_of(const harness::Stage& stage);
  void end(const harness::Stage& stage);
  void say(const std::string& text);  // a line that stays
  void erase();
  void draw();

  Screen screen_;
  std::size_t stages_, ended_ = 0, drawn_ = 0;
  harness::LiveStatus* live_;
  std::list<Line> lines_;  // running stages, oldest first
  Clock::time_point redrawn_{};
  bool changed_ = false;
};

/// The screen that this process has: standard error, and whether it is a terminal.
RunView::Screen standard_screen();

}  // namespace mpq::cli
