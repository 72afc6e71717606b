#pragma once

#include <torch/types.h>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"

namespace mpq::models {

/// Named tensors in the order of the file.
using StateDict = std::vector<std::pair<std::string, torch::Tensor>>;

/// What a checkpoint holds for us: the tensors of one weight dictionary, and what is said beside them.
struct Checkpoint {
  StateDict tensors;
  /// An object, empty if there is nothing: safetensors' `__metadata__` (values are strings), or the
  /// numbers, strings and booleans that stand beside the weights in a pickle (epoch, arch, …).
  Json metadata = Json::object();
};

/// What a file may ask for at most. Published checkpoints stay far below; a hostile file stays
/// below 256 MiB of memory.
struct ReadLimits {
  std::size_t header_bytes = 25'000'000;             ///< safetensors header; the format allows 100 MB
  std::size_t pickle_bytes = std::size_t{16} << 20;  ///< one pickle
  std::size_t values = 500'000;                      ///< objects, memo entries, stack of a pickle
  std::size_t items = 2'000'000;                     ///< entries of all containers of a pickle
  std::size_t depth = 32;                            ///< containers within containers
  std::size_t tensors = 100'000;                     ///< of all dictionaries together
};

struct ReadOptions {
  /// Which weight dictionary. Empty: the only one, or the first of state_dict, model_state_dict,
  /// model, … . "ema" also finds the customary names of averaged weights.
  std::string dictionary{};
  /// Drops "module." (DataParallel) from the names if all of them begin with it.
  bool strip_module_prefix = true;
  ReadLimits limits{};
};

/// Reads a checkpoint: .safetensors, PyTorch's zip layout (.pth, .pt) or its legacy layout (.th, .pth,
/// .pth.tar). The content decides, not the file's name.
///
/// Tensors are contiguous, on the CPU, in the type of the file (float16, bfloat16, float32, float64,
/// int8 … int64, uint8, bool), and share no memory with each other.
/// Nothing in the file is executed and no other file is opened: a pickle may build dicts, lists and
/// tensors and is refused at the first name of anything else.
/// Throws Error(input), and returns nothing in part, for every fault of the file.
Checkpoint read_checkpoint(const std::string& path, const ReadOptions& options = {});

/// The same for bytes in memory; `name` stands for the path in messages.
Checkpoint read_checkpoint_bytes(std::string_view bytes, const std::string& name,
                                 const ReadOptions& options = {});

/// All weight dictionaries of a file by name (`state_dict`, `state_dict_ema`, …); names of tensors are
/// as in the file. A file that is one dictionary has it under `state_dict`. Throws as read_checkpoint.
std::map<std::string, StateDict> read_weight_dictionaries(const std::string& path,
                                                          const ReadOptions& options = {});

/// Writes a .safetensors file, whole or not at all; the same arguments give the same bytes.
///
/// metadata: an object (or null: none). The format allows only strings there: a value that is no
/// string is stored as its JSON text.
/// The header keeps the order of `tensors`; their data are ordered by element size, largest first, so
/// that every tensor is aligned.
/// Throws Error(environment) if the file cannot be written.
void write_safetensors(const std::string& path, const StateDict& tensors, const Json& metadata = nullptr);

}  // namespace mpq::models
