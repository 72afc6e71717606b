#include "models/checkpoint_types.h"

#include <algorithm>
#include <array>

namespace mpq::models::checkpoint {
namespace {

struct TypeNames {
  torch::ScalarType type;
  std::string_view safetensors, storage_class;
};

constexpr std::array<TypeNames, 10> kTypes{{{torch::kFloat64, "F64", "DoubleStorage"},
                                            {torch::kFloat32, "F32", "FloatStorage"},
                                            {torch::kFloat16, "F16", "HalfStorage"},
                                            {torch::kBFloat16, "BF16", "BFloat16Storage"},
                                            {torch::kInt64, "I64", "LongStorage"},
                                            {torch::kInt32, "I32", "IntStorage"},
                                            {torch::kInt16, "I16", "ShortStorage"},
                                            {torch::kInt8, "I8", "CharStorage"},
                                            {torch::kUInt8, "U8", "ByteStorage"},
                                            {torch::kBool, "BOOL", "BoolStorage"}}};

constexpr std::array<std::string_view, 11> kNewer{
    "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "F6_E2M3", "F6_E3M2", "U16", "U32", "U64", "C64", "C128"};

template <class Match>
std::optional<torch::ScalarType> find(Match match) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), match);
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

}  // namespace

std::optional<torch::ScalarType> safetensors_type(std::string_view name) {
  return find([&](const TypeNames& names) { return names.safetensors == name; });
}

std::string_view safetensors_name(torch::ScalarType type) {
  for (const auto& names : kTypes)
    if (names.type == type) return names.safetensors;
  return {};
}

bool is_newer_safetensors_type(std::string_view name) {
  return std::find(kNewer.begin(), kNewer.end(), name) != kNewer.end();
}

std::optional<torch::ScalarType> storage_type(std::string_view class_name) {
  return find([&](const TypeNames& names) { return names.storage_class == class_name; });
}

std::int64_t element_bytes(torch::ScalarType type) {
  return static_cast<std::int64_t>(c10::elementSize(type));
}

std::optional<std::int64_t> element_count(const Sizes& sizes, torch::ScalarType type) {
  std::int64_t bytes = element_bytes(type);
  for (const auto size : sizes)
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(size, 1), &bytes)) return std::nullopt;
  const bool empty = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  return empty ? 0 : bytes / element_bytes(type);
}

Sizes contiguous_strides(const Sizes& sizes) {
  Sizes strides(sizes.size(), 1);
  for (std::size_t i = sizes.size(); i-- > 1;)
    strides[i - 1] = strides[i] * std::max<std::int64_t>(sizes[i], 1);
  return strides;
}

}  // namespace mpq::models::checkpoint
