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

void load_float_checkpoint(models::Network& network, const std::string& name, const FloatCheckpoint& file) {
  if (sha256_file(file.path) != file.sha256)
    throw_input({"the checkpoint has changed since the study was planned", file.path,
                 "a file whose SHA-256 is " + file.sha256, "run the study again"});
  const auto& renames = models::registry().find(name, file.path).info.renames;
  models::ReadOptions options;
  options.dictionary = file.dictionary;
  auto tensors = models::read_checkpoint(file.path, options).tensors;
  if (file.new_head) tensors = with_own_head(network, tensors, renames);
  network.load_published(tensors, renames, file.path);
}

}  // namespace mpq::worker
