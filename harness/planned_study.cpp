#include "harness/planned_study.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "datasets/registry.h"
#include "harness/fingerprint.h"
#include "harness/network_facts.h"

namespace mpq::harness {

namespace {

Workload workload_of(const Choice& dataset, const datasets::DatasetInfo& info) {
  Workload work;
  work.train = info.train_count - 2 * info.search_count;
  work.calib = info.calib_count, work.search = info.search_count, work.test = info.test_count;
  work.image_values = std::int64_t{info.channels} * info.height * info.width;
  const auto& entry = datasets::registry().find(dataset.name, dataset.where);
  const bool in_memory = !entry.write_cache;  // photographs are read one by one
  if (in_memory)
    work.resident_bytes = (info.train_count + info.test_count) * entry.info.channels * entry.info.height *
                          std::int64_t{entry.info.width};
  return work;
}

/// Whether the folder that holds the data set's files is there; true for one made from a formula.
bool is_here(const Choice& dataset, const std::string& data_folder) {
  const auto folder = datasets::registry().find(dataset.name, dataset.where).folder(dataset.options);
  return folder.empty() || std::filesystem::exists(std::filesystem::path(data_folder) / folder);
}

/// What is known of a set without its files: the official numbers, with the size and splits that options ask for.
datasets::DatasetInfo official_facts(const datasets::Entry& entry, const Json& options) {
  auto info = entry.info;
  info.height = options.value("side", info.height);
  info.width = options.value("side", info.width);
  info.calib_count = options.value("calib", info.calib_count);
  if (const auto search = options.value("search", std::int64_t{0}); search > 0) info.search_count = search;
  return info;
}

void note_missing(const Study& study, const std::set<std::string>& absent, std::vector<std::string>& notes) {
  for (const auto& dataset : study.datasets) {
    if (!absent.contains(dataset.label)) continue;
    const bool counted = datasets::registry().find(dataset.name, dataset.where).info.train_count > 0;
    notes.push_back("data set '" + dataset.label + "' is not here: " +
                    (counted ? "its numbers are those of the official files"
                             : "how many pictures and classes it has is not known, so no cost is either"));
  }
  for (const auto& network : study.networks)
    if (network.checkpoint && !network.checkpoint->is_here())
      notes.push_back("file '" + network.checkpoint->path + "' is not here");
}

}  // namespace

PlannedStudy plan_study(const std::string& file, const std::string& data_folder,
                        const std::string& cache_folder, bool final_too,
                        std::function<bool(const std::string& key)> finished, bool without_data) {
  PlannedStudy planned{Installation::find(), nullptr, {}, {}};
  planned.catalogue = std::make_shared<const Catalogue>(Catalogue::read(planned.installation.catalogue));
  auto toml = read_study_file(file, data_folder);
  if (without_data) toml.allow_missing_files();
  auto study = read_study(toml, *planned.catalogue);
  study.final = study.final || final_too;
  const auto sha = check_worker(planned.installation, *planned.catalogue, cache_folder);
  const auto candidates = study.candidates;
  std::set<std::string> absent;  // labels of data sets
  if (without_data)
    for (const auto& dataset : study.datasets)
      if (!is_here(dataset, data_folder)) absent.insert(dataset.label);
  note_missing(study, absent, planned.missing);
  // Once for each set: those of a million photographs take their time.
  std::map<std::string, datasets::DatasetInfo> infos;
  std::map<std::string, std::string> fingerprints;
  const auto info = [&](const Choice& dataset) -> const datasets::DatasetInfo& {
    const auto [at, is_new] = infos.try_emplace(dataset.label);
    const auto& entry = datasets::registry().find(dataset.name, dataset.where);
    if (is_new)
      at->second = absent.contains(dataset.label) ? official_facts(entry, dataset.options)
                                                  : entry.facts(dataset.options, data_folder);
    return at->second;
  };
  const PlanSources sources{
      [&](const Choice& network, const Choice& dataset) {
        const auto& facts = info(dataset);
        auto asked = network;
        if (absent.contains(dataset.label)) asked.checkpoint.reset();  // its classes may not be known
        const Json shape = {{"classes", facts.classes},
                            {"channels", facts.channels},
                            {"height", facts.height},
                            {"width", facts.width}};
        return inspect_network(planned.installation.worker, sha, cache_folder, asked, shape, candidates);
      },
      [&](const Choice& dataset) {
        const auto [at, is_new] = fingerprints.try_emplace(dataset.label, "not here");
        if (is_new && !absent.contains(dataset.label))
          at->second = data_fingerprint(dataset, data_folder, cache_folder);
        return at->second;
      },
      planned.catalogue->core_revision(),
      [&](const Choice& dataset) { return workload_of(dataset, info(dataset)); }, std::move(finished)};
  planned.plan = make_plan(std::move(study), sources);
  return planned;
}

}  // namespace mpq::harness
