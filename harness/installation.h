#pragma once

#include <string>

#include "harness/catalogue.h"

namespace mpq::harness {

/// Where the other half of the program is: `mpq-worker` and `catalogue.json` beside this executable,
/// or wherever MPQ_WORKER and MPQ_CATALOGUE point.
struct Installation {
  std::string worker, catalogue;

  static Installation find();
};

/// Throws Error(environment) unless the worker is the one that described itself in the catalogue;
/// returns the worker's SHA-256. Cheap after the first time (the hash is kept in `cache_folder`).
std::string check_worker(const Installation& installation, const Catalogue& catalogue,
                         const std::string& cache_folder);

}  // namespace mpq::harness
