#include "worker/float_checkpoint.h"

#include "core/error.h"
#include "core/hash.h"
#include "models/load_state.h"

namespace mpq::worker {
namespace {

using Renames = std::map<std::string, std::string>;

/// `tensors` with those of the last layer replaced by the network's own.
models::StateDict with_own_head(models::Network& network, const models::StateDict& tensors,
                                const Renames& renames) {
  const auto head = network.layers().back()->name() + ".";
  models::StateDict mixed;
  for (const auto& [name, tensor] : tensors)
    if (!models::renamed(name, renames).starts_with(head)) mixed.emplace_back(name, tensor);
  for (const auto& ref : network.tensors())
    if (ref.name.starts_with(head)) mixed.emplace_back(ref.name, ref.tensor->detach().clone());
  return mixed;
}

}  // namespace

void load_float_checkpoint(models::Network& network, const std::string& name, const std::string& path,
                           const std::string& sha256, bool new_head) {
  if (sha256_file(path) != sha256)
    throw_input({"the checkpoint has changed since the study was planned", path,
                 "a file whose SHA-256 is " + sha256, "run the study again"});
  const auto& renames = models::registry().find(name, path).info.renames;
  auto tensors = models::read_checkpoint(path).tensors;
  if (new_head) tensors = with_own_head(network, tensors, renames);
  network.load_published(tensors, renames, path);
}

}  // namespace mpq::worker
