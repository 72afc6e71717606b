#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/checkpoint.h"
#include "models/checkpoint_pickle.h"
#include "models/checkpoint_source.h"
#include "models/checkpoint_types.h"

namespace mpq::models::checkpoint {

/// A tensor as bytes of the file: a strided view of elements from `begin` on; checked to lie inside.
struct Slice {
  torch::ScalarType type = torch::kFloat32;
  Sizes sizes, strides;
  std::uint64_t begin = 0;  ///< byte in the file of the element at all-zero indices
};
using Slices = std::vector<std::pair<std::string, Slice>>;

/// What every layout comes down to.
struct Contents {
  std::vector<std::pair<std::string, Slices>> dictionaries;
  Json metadata = Json::object();
};

/// A pickle of weights and, for each of its storages, the byte of the file at which it begins.
struct PickledFile {
  Pickle pickle;
  std::vector<std::uint64_t> storage_begin;
};

// One function a layout; each reads and checks everything but the elements. Throw Error(input).
Contents read_safetensors_contents(const ByteSource& source, const ReadLimits& limits);
PickledFile read_legacy(const ByteSource& source, const ReadLimits& limits);
PickledFile read_zip(const ByteSource& source, const ReadLimits& limits);

/// Bytes that all tensors of a file may have together when they are made contiguous: shared storages and
/// expanded tensors need more than the file has, within reason.
std::int64_t most_tensor_bytes(const ByteSource& source);

/// The weight dictionaries of a pickle: the whole if its values are tensors, or else those of its entries
/// that are dicts of tensors. Throws Error(input) if there is none.
Contents find_dictionaries(const PickledFile& file, const ReadLimits& limits, const std::string& where);

/// Makes the tensors of one dictionary; `bytes_left` is lowered by what they take.
StateDict make_tensors(const ByteSource& source, const Slices& slices, std::int64_t& bytes_left);

}  // namespace mpq::models::checkpoint
