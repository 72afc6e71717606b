#include "models/checkpoint_contents.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/error.h"

namespace mpq::models::checkpoint {
namespace {

bool is_weights(const Pickle& pickle, const Value& value) {
  if (value.kind != Kind::dict || value.items.empty()) return false;
  for (std::size_t i = 0; i < value.items.size(); i += 2)
    if (pickle.at(value.items[i]).kind != Kind::text || pickle.at(value.items[i + 1]).kind != Kind::tensor)
      return false;
  return true;
}

Slices slices_of(const PickledFile& file, const Value& dict) {
  Slices slices;
  for (std::size_t i = 0; i < dict.items.size(); i += 2) {
    const auto& tensor =
        file.pickle.tensors[static_cast<std::size_t>(file.pickle.at(dict.items[i + 1]).integer)];
    const auto type = file.pickle.storages[tensor.storage].type;
    const auto offset_bytes = static_cast<std::uint64_t>(tensor.offset * element_bytes(type));
    slices.emplace_back(
        file.pickle.at(dict.items[i]).text,
        Slice{type, tensor.sizes, tensor.strides, file.storage_begin[tensor.storage] + offset_bytes});
  }
  return slices;
}

Json scalar(const Value& value) {
  switch (value.kind) {
    case Kind::boolean:
      return value.integer != 0;
    case Kind::integer:
      return value.integer;
    case Kind::real:
      return value.real;
    case Kind::text:
      return value.text;
    default:
      return nullptr;
  }
}

/// "epoch (an integer), net (a dict), …" for the message that no weights were found.
std::string entries_text(const Pickle& pickle, const Value& root) {
  if (root.kind != Kind::dict) return kind_text(root.kind);
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < root.items.size() && entries.size() < 20; i += 2) {
    const auto& key = pickle.at(root.items[i]);
    const auto name = key.kind == Kind::text ? shown(key.text) : std::to_string(key.integer);
    entries.push_back(name + " (" + kind_text(pickle.at(root.items[i + 1]).kind) + ")");
  }
  if (root.items.size() / 2 > entries.size()) entries.push_back("…");
  return entries.empty() ? "an empty dict" : "a dict with " + join(entries);
}

void check_keys(const Pickle& pickle, const Value& dict, const std::string& where) {
  std::set<std::string_view> names;
  std::set<std::int64_t> numbers;
  for (std::size_t i = 0; i < dict.items.size(); i += 2) {
    const auto& key = pickle.at(dict.items[i]);
    const bool fresh =
        key.kind == Kind::text ? names.insert(key.text).second : numbers.insert(key.integer).second;
    if (fresh) continue;
    refuse("the name " + (key.kind == Kind::text ? shown(key.text) : std::to_string(key.integer)) +
               " is given twice in one dict",
           where, "different names");
  }
}

}  // namespace

void check_structure(const Pickle& pickle, std::size_t most_depth, const std::string& where) {
  enum : std::uint8_t { kUnseen, kOpen, kDone };
  std::vector<std::uint8_t> state(pickle.values.size(), kUnseen);
  std::vector<std::size_t> height(pickle.values.size(), 0);
  std::vector<std::pair<std::uint32_t, std::size_t>> path{{pickle.root, 0}};  // value, next child
  state[pickle.root] = kOpen;
  while (!path.empty()) {
    auto& [index, next] = path.back();
    const auto& value = pickle.at(index);
    if (next == value.items.size()) {
      if (value.kind == Kind::dict) check_keys(pickle, value, where);
      state[index] = kDone;
      const auto done = path.back().first;
      path.pop_back();
      if (!path.empty()) height[path.back().first] = std::max(height[path.back().first], height[done] + 1);
      continue;
    }
    const auto child = value.items[next++];
    if (state[child] == kOpen)
      refuse("a container of the pickle contains itself", where, "a dict of tensors", kSaveWeights);
    if (path.size() + height[child] > most_depth)
      refuse("containers are nested more than " + std::to_string(most_depth) + " deep", where,
             "a dict of tensors", kSaveWeights);
    if (state[child] == kDone) {
      height[index] = std::max(height[index], height[child] + 1);
      continue;
    }
    state[child] = kOpen;
    path.emplace_back(child, 0);
  }
}

Contents find_dictionaries(const PickledFile& file, const ReadLimits& limits, const std::string& where) {
  const auto& pickle = file.pickle;
  check_structure(pickle, limits.depth, where);
  const auto& root = pickle.at(pickle.root);
  Contents contents;
  std::size_t tensors = 0;
  const auto take = [&](const std::string& name, const Value& dictionary) {  // counted before it is copied
    tensors += dictionary.items.size() / 2;
    if (tensors > limits.tensors)
      refuse("the checkpoint has " + std::to_string(tensors) + " tensors or more", where,
             "at most " + std::to_string(limits.tensors));
    contents.dictionaries.emplace_back(name, slices_of(file, dictionary));
  };
  if (is_weights(pickle, root)) {
    take("state_dict", root);
  } else if (root.kind == Kind::dict) {
    for (std::size_t i = 0; i < root.items.size(); i += 2) {
      const auto& key = pickle.at(root.items[i]);
      const auto& value = pickle.at(root.items[i + 1]);
      if (key.kind != Kind::text) continue;
      if (is_weights(pickle, value)) take(key.text, value);
      if (const auto plain = scalar(value); !plain.is_null()) contents.metadata[key.text] = plain;
    }
  }
  if (contents.dictionaries.empty())
    refuse("the checkpoint has no dict of tensors, only " + entries_text(pickle, root), where,
           "a dict of tensors, or a dict with one under state_dict, model or another name", kSaveWeights);
  return contents;
}

}  // namespace mpq::models::checkpoint
