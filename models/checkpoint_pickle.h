#pragma once

#include <torch/types.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint.h"
#include "models/checkpoint_types.h"

namespace mpq::models::checkpoint {

enum class Kind : std::uint8_t {
  none,
  boolean,
  integer,
  big,  ///< an integer beyond 64 bits; `text` has its bytes
  real,
  text,
  bytes,
  tuple,
  list,
  dict,     ///< `items` alternates keys and values
  global,   ///< one of the few names that are known; `text` is "module.name"
  storage,  ///< `integer` indexes Pickle::views
  tensor    ///< `integer` indexes Pickle::tensors
};

/// "a list"
std::string kind_text(Kind kind);

/// An object of the pickle. Containers hold indices, so that cycles and depth are harmless.
struct Value {
  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string text{};
  std::vector<std::uint32_t> items{};
};

/// A storage as the pickle announces it: `count` elements that are found under `key`.
struct Storage {
  std::string key;
  torch::ScalarType type = torch::kFloat32;
  std::int64_t count = 0;
  bool operator==(const Storage&) const = default;
};

/// Part of a storage, in elements.
struct StorageView {
  std::size_t storage = 0;
  std::int64_t offset = 0, count = 0;
  bool operator==(const StorageView&) const = default;
};

/// A tensor over a storage; everything is checked to lie inside.
struct TensorView {
  std::size_t storage = 0;
  std::int64_t offset = 0;
  Sizes sizes, strides;
};

struct Pickle {
  std::deque<Value> values;
  std::uint32_t root = 0;
  std::size_t end = 0;  ///< bytes consumed, STOP included
  std::vector<Storage> storages;
  std::vector<StorageView> views;
  std::vector<TensorView> tensors;

  const Value& at(std::uint32_t index) const { return values[index]; }
  /// The value under a text key of a dict; null if there is none.
  const Value* find(const Value& dict, std::string_view key) const;
};

/// What one pickle may hold.
struct PickleRules {
  ReadLimits limits;
  bool tensors = false;         ///< false: plain values only, no name at all
  bool legacy = false;          ///< persistent ids have a sixth entry, the view
  std::int64_t most_bytes = 0;  ///< of one tensor when made contiguous
};

/// Runs a pickle of protocol 2 to 4 that holds plain values and, if the rules say so, tensors. Knows
/// only the opcodes and the names that torch.save uses for weights; refuses at the first other one.
/// Calls nothing, opens nothing. Throws Error(input).
Pickle read_pickle(std::string_view bytes, const PickleRules& rules, const std::string& where);

/// Refuses a result that contains itself, is nested too deeply, or has a dict with a key twice.
void check_structure(const Pickle& pickle, std::size_t most_depth, const std::string& where);

}  // namespace mpq::models::checkpoint
