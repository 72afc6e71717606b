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
  return sha256(made_from.dump(-1, ' ', false, Json::error_handler_t::replace));
}

bool has_stamp(const std::string& path, const std::string& stamp) {
  return std::filesystem::is_regular_file(path) && read_file(path) == stamp;
}

}  // namespace

std::string report_folder(const results::Store& store, const std::string& study) {
  return store.folder() + "/reports/" + study;
}

std::string keep_report(const results::Store& store, const std::string& study) {
  const auto plan = store.read_study(study);
  require(plan.has_value(), "a study that has just run is not in the store");
  auto folder = report_folder(store, study);
  const auto stamp_path = folder + "/made-from";
  const auto stamp = stamp_of(store, *plan);
  if (has_stamp(stamp_path, stamp)) return folder;
  analysis::write_report(analysis::make_report(store, *plan), folder);
  write_whole(stamp_path, stamp);
  return folder;
}

}  // namespace mpq::cli
