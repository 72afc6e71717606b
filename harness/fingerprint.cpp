#include "harness/fingerprint.h"

#include <filesystem>

#include "core/error.h"
#include "datasets/registry.h"
#include "harness/cache.h"

namespace fs = std::filesystem;

namespace mpq::harness {
namespace {

/// The data set's own complaint, with the place in the study added.
std::string ask(const datasets::Entry& entry, const Choice& dataset, const std::string& data_folder) try {
  return entry.fingerprint(dataset.options, data_folder);
} catch (const Error& e) {
  auto parts = e.parts();
  parts.where += ", for " + dataset.where;
  throw Error(e.kind(), parts);
}

}  // namespace

std::string data_fingerprint(const Choice& dataset, const std::string& data_folder,
                             const std::string& cache_folder) {
  const auto& entry = datasets::registry().find(dataset.name, dataset.where);
  if (entry.info.folder.empty()) return ask(entry, dataset, data_folder);
  const auto folder = fs::path(data_folder) / entry.info.folder;
  if (!fs::is_directory(folder))
    throw_input({"the files of data set '" + dataset.name + "' are missing",
                 folder.string() + ", for " + dataset.where,
                 "the folder '" + entry.info.folder + "' below the data folder '" + data_folder + "'",
                 "name the data folder with --data DIR or MPQ_DATASETS; `mpq list datasets --long` says what "
                 "belongs there"});
  const Json identity = {{"dataset", dataset.settings()},
                         {"folder", fs::canonical(folder).string()},
                         {"stamp", file_stamp(folder.string())}};
  return remembered(cache_folder, "fingerprint", identity,
                    [&] { return Json(ask(entry, dataset, data_folder)); })
      .get<std::string>();
}

}  // namespace mpq::harness
