#include "harness/planned_study.h"

#include "datasets/registry.h"
#include "harness/fingerprint.h"
#include "harness/network_facts.h"

namespace mpq::harness {

PlannedStudy plan_study(const std::string& file, const std::string& data_folder,
                        const std::string& cache_folder, bool final_too,
                        std::function<bool(const std::string& key)> finished) {
  PlannedStudy planned{Installation::find(), nullptr, {}};
  planned.catalogue = std::make_shared<const Catalogue>(Catalogue::read(planned.installation.catalogue));
  auto study = read_study(TomlFile::read(file), *planned.catalogue);
  study.final = study.final || final_too;
  const auto sha = check_worker(planned.installation, *planned.catalogue, cache_folder);
  const auto candidates = study.candidates;
  const auto info = [&](const Choice& dataset) {
    return datasets::registry().find(dataset.name, dataset.where).facts(dataset.options, data_folder);
  };
  const PlanSources sources{
      [&](const Choice& network, const Choice& dataset) {
        const auto facts = info(dataset);
        const Json shape = {{"classes", facts.classes},
                            {"channels", facts.channels},
                            {"height", facts.height},
                            {"width", facts.width}};
        return inspect_network(planned.installation.worker, sha, cache_folder, network, shape, candidates);
      },
      [&](const Choice& dataset) { return data_fingerprint(dataset, data_folder, cache_folder); },
      planned.catalogue->core_revision(),
      [&](const Choice& dataset) {
        const auto facts = info(dataset);
        return facts.train_count - 2 * facts.search_count;
      },
      std::move(finished)};
  planned.plan = make_plan(std::move(study), sources);
  return planned;
}

}  // namespace mpq::harness
