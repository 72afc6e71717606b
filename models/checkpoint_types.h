#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mpq::models::checkpoint {

using Sizes = std::vector<std::int64_t>;

/// More dimensions than any weight has; far below what overflows anything in LibTorch.
inline constexpr std::size_t kMaxRank = 16;

/// The element type that safetensors calls `name` ("F32"); nothing if it is unknown or not supported.
std::optional<torch::ScalarType> safetensors_type(std::string_view name);
/// Its name there; empty if the format has none that we write.
std::string_view safetensors_name(torch::ScalarType type);
/// Whether `name` is a type of the format that we do not read (8-bit floats, wide unsigned integers …).
bool is_newer_safetensors_type(std::string_view name);

/// The element type of a storage class of the module `torch` ("FloatStorage"); nothing as above.
std::optional<torch::ScalarType> storage_type(std::string_view class_name);

std::int64_t element_bytes(torch::ScalarType type);

/// Elements of a shape of non-negative sizes; nothing if sizes, strides or bytes do not fit in 63 bits,
/// also where a size of 0 would make the product 0.
std::optional<std::int64_t> element_count(const Sizes& sizes, torch::ScalarType type);

/// Row-major strides of a shape that element_count accepts.
Sizes contiguous_strides(const Sizes& sizes);

}  // namespace mpq::models::checkpoint
