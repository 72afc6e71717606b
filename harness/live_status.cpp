#include "harness/live_status.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/file.h"

namespace fs = std::filesystem;

namespace mpq::harness {
namespace {

constexpr auto kInterval = std::chrono::seconds(2);

std::string path_in(const results::Store& store) { return store.cache_folder() + "/running.json"; }

}  // namespace

LiveStatus::LiveStatus(const results::Store& store, std::string study)
    : path_(path_in(store)), study_(std::move(study)) {}

LiveStatus::~LiveStatus() {
  std::error_code absent;
  fs::remove(path_, absent);
}

void LiveStatus::running(const Stage& stage, const std::optional<ProgressEvent>& event) {
  stages_[stage.key] = {{"title", stage.title}, {"line", event ? to_line(*event) : "starting"}};
  changed_ = true;
}

void LiveStatus::ended(const Stage& stage) { changed_ = stages_.erase(stage.key) > 0 || changed_; }

void LiveStatus::tick() {
  const auto now = std::chrono::steady_clock::now();
  if (!changed_ || now - written_ < kInterval) return;
  changed_ = false;
  written_ = now;
  // Renamed into place so that a reader sees all or nothing, not synced: it is of no use after a crash.
  std::error_code trouble;
  fs::create_directories(fs::path(path_).parent_path(), trouble);
  const Json status = {{"pid", ::getpid()}, {"study", study_}, {"stages", stages_}};
  std::ofstream(path_ + ".tmp") << text_of(status);
  fs::rename(path_ + ".tmp", path_, trouble);
}

std::optional<Json> read_live_status(const results::Store& store) {
  Json status;
  try {
    status = Json::parse(read_file(path_in(store)), nullptr, false);
  } catch (const Error&) {  // none, or a run that ends has taken it away meanwhile
    return std::nullopt;
  }
  if (!status.is_object() || !status.contains("pid") || !status.contains("stages")) return std::nullopt;
  // Not its process number: that is 1 in every container, and numbers come back.
  return store.is_locked() ? std::optional(status) : std::nullopt;
}

}  // namespace mpq::harness
