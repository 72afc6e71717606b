#include "cli/run_view.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iostream>

#include "cli/text_table.h"

namespace mpq::cli {
namespace {

constexpr auto kBetweenLines = std::chrono::seconds(60);
constexpr auto kBetweenDrawings = std::chrono::milliseconds(250);

/// The first `width` characters; never half of a UTF-8 character.
std::string cut(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (++characters > width) return text.substr(0, i);
  }
  return text;
}

}  // namespace

RunView::RunView(Screen screen, std::size_t stages, harness::LiveStatus* live)
    : screen_(std::move(screen)), stages_(stages), live_(live) {}

RunView::~RunView() { erase(); }

RunView::Line& RunView::line_of(const harness::Stage& stage) {
  const auto found =
      std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) { return line.stage == &stage; });
  return found != lines_.end() ? *found : lines_.emplace_back(Line{&stage, "", screen_.now()});
}

void RunView::started(const harness::Stage& stage, int attempt) {
  line_of(stage).text =
      stage.title + (attempt > 1 ? fmt::format("  starting, attempt {}", attempt) : "  starting");
  if (live_ != nullptr) live_->running(stage);
  changed_ = true;
}

void RunView::progress(const harness::Stage& stage, const ProgressEvent& event) {
  auto& line = line_of(stage);
  line.text = stage.title + "  " + to_line(event);
  if (live_ != nullptr) live_->running(stage, event);
  changed_ = true;
}

void RunView::end(const harness::Stage& stage) {
  lines_.remove_if([&](const auto& line) { return line.stage == &stage; });
  if (live_ != nullptr) live_->ended(stage);
  changed_ = true;
}

void RunView::finished(const harness::Stage& stage, double wall_seconds) {
  end(stage);
  say(fmt::format("[{}/{}] {}  done  {}", ++ended_, stages_, stage.title, clock_text(wall_seconds)));
}

void RunView::failed(const harness::Stage& stage, const harness::Failure& failure) {
  end(stage);
  say(fmt::format("[{}/{}] {}  failed\nmpq: {}", ++ended_, stages_, stage.title,
                  Error(failure.kind, failure.parts).what()));
}

void RunView::restarting(const harness::Stage& stage, int signal) {
  end(stage);
  say(fmt::format("{}  its worker was ended by signal {} ({}); starting again from the checkpoint",
                  stage.title, signal, ::strsignal(signal)));
}

void RunView::stopping(std::size_t running, bool killing) {
  say(killing
          ? fmt::format("killing {} workers; what the last checkpoints hold is kept", running)
          : fmt::format("stopping: {} workers save their checkpoints (Ctrl-C again to kill them)", running));
}

void RunView::tick() {
  if (live_ != nullptr) live_->tick();
  const auto now = screen_.now();
  if (screen_.terminal) {
    if (!changed_ || now - redrawn_ < kBetweenDrawings) return;
    redrawn_ = now;
    erase();
    draw();
    return;
  }
  for (auto& line : lines_)
    if (now - line.told >= kBetweenLines) {
      line.told = now;
      say(line.text);
    }
}

void RunView::say(const std::string& text) {
  erase();
  screen_.out << text << "\n";
  if (screen_.terminal) draw();
  screen_.out << std::flush;
}

void RunView::erase() {
  for (; drawn_ > 0; --drawn_) screen_.out << "\x1b[1A\x1b[2K";  // up one line, clear it
  screen_.out << std::flush;
}

void RunView::draw() {
  for (const auto& line : lines_) screen_.out << cut(line.text, screen_.width - 1) << "\n";
  screen_.out << std::flush;
  drawn_ = lines_.size();
  changed_ = false;
}

RunView::Screen standard_screen() {
  winsize size{};
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  if (!terminal || ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) size.ws_col = 80;
  return {std::cerr, terminal, size.ws_col};
}

}  // namespace mpq::cli
