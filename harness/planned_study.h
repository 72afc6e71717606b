#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/catalogue.h"
#include "harness/installation.h"
#include "harness/plan.h"

namespace mpq::harness {

/// A study file read, checked against this installation, and planned.
struct PlannedStudy {
  Installation installation;
  std::shared_ptr<const Catalogue> catalogue;  // the plan's choices point into it
  Plan plan;
  std::vector<std::string> missing;  ///< sentences about data sets and files that are not here
};

/// Everything that can be refused before any work: the file, the catalogue, the worker's build, the data
/// folder, shapes, budgets. `cache_folder` may be empty (then nothing is remembered); `final_too` asks
/// for the test part whatever the file says; `finished` says which stages the store has (may be empty).
/// `without_data`: what is not here is planned for all that, a data set from its official counts, so that one can see
/// what a study would cost; such a plan cannot run. Throws Error.
PlannedStudy plan_study(const std::string& file, const std::string& data_folder,
                        const std::string& cache_folder, bool final_too,
                        std::function<bool(const std::string& key)> finished = {}, bool without_data = false);

}  // namespace mpq::harness
