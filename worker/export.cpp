#include "worker/export.h"

#include "core/error.h"
#include "models/checkpoint.h"
#include "results/store.h"
#include "worker/stage.h"

namespace mpq::worker {

void export_weights(const Json& request) {
  const results::Store store(request.at("store").get<std::string>());
  const auto key = request.at("key").get<std::string>();
  const auto record = results::read_stage_file(store.stage_path(key), "/tensors");
  auto tensors = tensors_of(record);
  // Which norms have seen a batch is ours alone; other programs refuse a name that they do not know.
  std::erase_if(tensors, [](const auto& named) { return named.first.ends_with(".used"); });
  if (tensors.empty())
    throw_input({"the stage keeps no weights", store.stage_folder(key), "a finished pretrain or deploy stage",
                 "choose a case that is done"});
  auto metadata = request.value("metadata", Json::object());
  metadata["format"] = "pt";  // names and shapes are those of PyTorch's modules
  metadata["stage"] = key;
  metadata["network"] = record.settings.at("network");
  metadata["dataset"] = record.settings.at("dataset");
  for (const std::string part : {"policy", "structure", "cost"})
    if (record.summary.contains(part)) metadata[part] = record.summary.at(part);
  models::write_safetensors(request.at("out").get<std::string>(), tensors, metadata);
}

}  // namespace mpq::worker
