#include "harness/installation.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "harness/cache.h"

namespace mpq::harness {
namespace {

std::string beside_this_program(const std::string& name, const char* variable) {
  if (const char* given = std::getenv(variable); given != nullptr && *given != '\0') return given;
  std::error_code code;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
  return (self.parent_path() / name).string();
}

}  // namespace

Installation Installation::find() {
  return {beside_this_program("mpq-worker", "MPQ_WORKER"),
          beside_this_program("catalogue.json", "MPQ_CATALOGUE")};
}

std::string check_worker(const Installation& installation, const Catalogue& catalogue,
                         const std::string& cache_folder) {
  if (::access(installation.worker.c_str(), X_OK) != 0)
    throw_environment({"the worker program is missing", installation.worker,
                       "an executable mpq-worker beside mpq", "build it, or point MPQ_WORKER at it"});
  auto hash = cached_sha256(cache_folder, installation.worker);
  if (hash != catalogue.worker_sha256())
    throw_environment({"the worker is not the one that the catalogue describes",
                       installation.worker + " (" + hash.substr(0, 12) + ") and " + installation.catalogue +
                           " (" + catalogue.worker_sha256().substr(0, 12) + ")",
                       "programs and catalogue of one build", "build mpq again"});
  return hash;
}

}  // namespace mpq::harness
