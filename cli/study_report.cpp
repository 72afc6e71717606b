#include "cli/study_report.h"

#include <filesystem>

#include "analysis/report.h"
#include "core/build_info.h"
#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"

namespace mpq::cli {
namespace {

/// Whatever a report is made from, as one hash: the program, the plan, and what became of every stage.
std::string stamp_of(const results::Store& store, const Json& plan) {
  Json made_from = {
      {"build", build_info()}, {"plan", plan}, {"finished", Json::array()}, {"failed", Json::array()}};
  for (const auto& [key, title] : plan.at("stages").items()) {
    if (store.finished(key))
      made_from["finished"].push_back(key);
    else if (const auto failure = store.read_failure(key))
      made_from["failed"].push_back(*failure);
  }
  return sha256(text_of(made_from));
}

std::string stamp_path(const std::string& folder) { return folder + "/made-from"; }

bool is_current(const std::string& folder, const std::string& stamp) {
  std::error_code absent;
  return std::filesystem::is_regular_file(folder + "/report.md", absent) &&
         std::filesystem::is_regular_file(stamp_path(folder), absent) &&
         read_file(stamp_path(folder)) == stamp;
}

}  // namespace

std::string report_folder(const results::Store& store, const std::string& study) {
  return store.folder() + "/reports/" + study;
}

KeptReport keep_report(const results::Store& store, const std::string& study) {
  const auto plan = store.read_study(study);
  require(plan.has_value(), "a study that has just run is not in the store");
  KeptReport kept{report_folder(store, study), ""};
  const auto stamp = stamp_of(store, *plan);
  if (is_current(kept.folder, stamp)) return kept;
  forget_report(store, study);
  kept.note = analysis::write_report(analysis::make_report(store, *plan), kept.folder).note;
  if (kept.note.empty()) write_whole(stamp_path(kept.folder), stamp);
  return kept;
}

void forget_report(const results::Store& store, const std::string& study) {
  std::error_code absent;
  std::filesystem::remove(stamp_path(report_folder(store, study)), absent);
}

}  // namespace mpq::cli
