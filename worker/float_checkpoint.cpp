#include "worker/float_checkpoint.h"

#include "core/error.h"
#include "core/hash.h"

namespace mpq::worker {

void load_float_checkpoint(models::Network& network, const std::string& name, const std::string& path,
                           const std::string& sha256) {
  if (sha256_file(path) != sha256)
    throw_input({"the checkpoint has changed since the study was planned", path,
                 "a file whose SHA-256 is " + sha256, "run the study again"});
  network.load_published(models::read_checkpoint(path).tensors,
                         models::registry().find(name, path).info.renames, path);
}

}  // namespace mpq::worker
