// What the few known names of a checkpoint's pickle stand for.
#include <algorithm>
#include <array>
#include <utility>

#include "models/checkpoint_machine.h"

namespace mpq::models::checkpoint {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kKnown{
    {{"collections", "OrderedDict"},
     {"torch._utils", "_rebuild_tensor"},
     {"torch._utils", "_rebuild_tensor_v2"},
     {"torch._utils", "_rebuild_parameter"}}};

constexpr std::array<std::string_view, 7> kOtherStorages{
    "ComplexFloatStorage", "ComplexDoubleStorage", "QInt8Storage",   "QUInt8Storage",
    "QInt32Storage",       "QUInt4x2Storage",      "QUInt2x4Storage"};

bool only_digits(std::string_view key) {
  return !key.empty() && key.size() <= 32 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void Machine::push_global(std::string_view module, std::string_view name) {
  const std::string full = std::string(module) + "." + std::string(name);
  if (rules_.tensors) {
    const bool known = std::find(kKnown.begin(), kKnown.end(), std::pair(module, name)) != kKnown.end();
    if (known || (module == "torch" && storage_type(name))) return push({Kind::global, 0, 0, full});
    if (module == "torch" &&
        std::find(kOtherStorages.begin(), kOtherStorages.end(), name) != kOtherStorages.end())
      fail("the storage type " + full + " is not supported", "tensors of floats, integers or booleans",
           kSaveWeights);
  }
  fail("the checkpoint names " + shown(full) + ", which is no part of a tensor",
       "tensors only: a checkpoint must not call functions or hold objects of other classes; nothing was "
       "executed",
       kSaveWeights);
}

void Machine::reduce() {
  const auto arguments = value(take_top(1)[0]);
  const auto& callable = value(take_top(1)[0]);
  if (callable.kind != Kind::global)
    fail(kind_text(callable.kind) + " is called", "a tensor or an OrderedDict");
  if (arguments.kind != Kind::tuple) fail("arguments are " + kind_text(arguments.kind), "a tuple");
  if (callable.text == "collections.OrderedDict") return ordered_dict(arguments.items);
  if (callable.text == "torch._utils._rebuild_tensor") return rebuild_tensor(arguments.items, false);
  if (callable.text == "torch._utils._rebuild_tensor_v2") return rebuild_tensor(arguments.items, true);
  if (callable.text == "torch._utils._rebuild_parameter") return rebuild_parameter(arguments.items);
  fail(shown(callable.text) + " is called", "a tensor or an OrderedDict");
}

void Machine::ordered_dict(const Items& arguments) {
  push({Kind::dict});
  if (arguments.empty()) return;
  const auto& pairs = value(arguments[0]);  // Python 2 writes OrderedDict([[key, value], …])
  if (arguments.size() != 1 || pairs.kind != Kind::list)
    fail("an OrderedDict of other arguments", "none, or a list of pairs");
  Items items;
  for (const auto index : pairs.items) {
    const auto& pair = value(index);
    if ((pair.kind != Kind::list && pair.kind != Kind::tuple) || pair.items.size() != 2)
      fail("an OrderedDict with an entry that is no pair", "pairs of key and value");
    items.insert(items.end(), pair.items.begin(), pair.items.end());
  }
  set_items(items);
}

void Machine::check_empty(std::uint32_t index, const std::string& what) const {
  const auto& found = value(index);
  if (found.kind != Kind::none && (found.kind != Kind::dict || !found.items.empty()))
    fail("a tensor with " + what, "no " + what, kSaveWeights);
}

void Machine::rebuild_tensor(const Items& arguments, bool version_2) {
  // (storage, offset, sizes, strides), and in version 2 (…, requires_grad, hooks, [metadata])
  const bool good_count = version_2 ? arguments.size() == 6 || arguments.size() == 7 : arguments.size() == 4;
  if (!good_count)
    fail("a tensor of " + std::to_string(arguments.size()) + " arguments", version_2 ? "6 or 7" : "4");
  const auto& storage = value(arguments[0]);
  if (storage.kind != Kind::storage) fail("a tensor over " + kind_text(storage.kind), "a storage");
  if (version_2) {
    if (value(arguments[4]).kind != Kind::boolean)
      fail("requires_grad is " + kind_text(value(arguments[4]).kind), "a boolean");
    check_empty(arguments[5], "hooks");
    // Metadata say "negated" or "conjugated": the stored values would not be the tensor's.
    if (arguments.size() == 7) check_empty(arguments[6], "metadata");
  }
  const auto& view = pickle_.views[static_cast<std::size_t>(storage.integer)];
  TensorView tensor{view.storage, integer(arguments[1], "a storage offset"), integers(arguments[2], "size"),
                    integers(arguments[3], "stride")};
  check_range(tensor, view);
  tensor.offset += view.offset;
  if (pickle_.tensors.size() >= rules_.limits.tensors)
    fail("more than " + std::to_string(rules_.limits.tensors) + " tensors", "fewer");
  pickle_.tensors.push_back(std::move(tensor));
  push({Kind::tensor, static_cast<std::int64_t>(pickle_.tensors.size() - 1)});
}

void Machine::check_range(const TensorView& tensor, const StorageView& view) const {
  const auto type = pickle_.storages[view.storage].type;
  const auto shape = "shape " + shape_text(tensor.sizes) + " with strides " + shape_text(tensor.strides);
  if (tensor.sizes.size() != tensor.strides.size()) fail(shape, "one stride for each size");
  const auto count = element_count(tensor.sizes, type);
  if (!count || *count * element_bytes(type) > rules_.most_bytes)
    fail(shape + " is too large",
         "at most " + std::to_string(rules_.most_bytes) + " bytes, given the size of the file");
  if (tensor.offset < 0) fail("a storage offset of " + std::to_string(tensor.offset), "at least 0");
  std::int64_t last = tensor.offset;
  bool fits = true;
  for (std::size_t i = 0; *count > 0 && i < tensor.sizes.size(); ++i) {
    std::int64_t span = 0;
    fits = fits && !__builtin_mul_overflow(tensor.sizes[i] - 1, tensor.strides[i], &span) &&
           !__builtin_add_overflow(last, span, &last);
  }
  if (!fits || last > view.count || (*count > 0 && last == view.count))
    fail(shape + " and offset " + std::to_string(tensor.offset) + " reaches past its storage",
         "all elements within the storage's " + std::to_string(view.count));
}

void Machine::rebuild_parameter(const Items& arguments) {
  if (arguments.size() != 3) fail("a parameter of " + std::to_string(arguments.size()) + " arguments", "3");
  if (value(arguments[0]).kind != Kind::tensor)
    fail("a parameter around " + kind_text(value(arguments[0]).kind), "a tensor");
  if (value(arguments[1]).kind != Kind::boolean)
    fail("requires_grad is " + kind_text(value(arguments[1]).kind), "a boolean");
  check_empty(arguments[2], "hooks");
  push_index(arguments[0]);
}

void Machine::persistent() {
  // ("storage", class, key, location, count), and in the legacy layout (…, view); the location is ignored
  const auto id = value(take_top(1)[0]);
  if (!rules_.tensors) fail("a reference to a storage", "plain values");
  if (id.kind != Kind::tuple || id.items.empty())
    fail("a persistent id that is " + kind_text(id.kind), "a tuple");
  const auto& tag = text(id.items[0], "the tag of a persistent id");
  if (tag != "storage") fail("a persistent id of " + shown(tag), "'storage'", kSaveWeights);
  const std::size_t length = rules_.legacy ? 6 : 5;
  if (id.items.size() != length)
    fail("a persistent id of " + std::to_string(id.items.size()) + " entries",
         std::to_string(length) + " entries");
  const auto& type = value(id.items[1]);
  const auto class_name = type.kind == Kind::global
                              ? storage_type(std::string_view(type.text).substr(type.text.rfind('.') + 1))
                              : std::nullopt;
  if (!class_name) fail("a storage whose class is " + kind_text(type.kind), "one of torch's storage classes");
  const auto& key = text(id.items[2], "a storage key");
  if (!only_digits(key)) fail("the storage key " + shown(key), "digits");
  text(id.items[3], "a location");
  const auto storage = add_storage({key, *class_name, integer(id.items[4], "the size of a storage")});
  pickle_.views.push_back(rules_.legacy ? storage_view(storage, id.items[5])
                                        : StorageView{storage, 0, pickle_.storages[storage].count});
  push({Kind::storage, static_cast<std::int64_t>(pickle_.views.size() - 1)});
}

std::size_t Machine::add_storage(Storage storage) {
  if (storage.count < 0 || !element_count({storage.count}, storage.type))
    fail("a storage of " + std::to_string(storage.count) + " elements", "a size that fits the file");
  const auto [entry, fresh] = storage_of_key_.try_emplace(storage.key, pickle_.storages.size());
  if (fresh) pickle_.storages.push_back(storage);
  if (pickle_.storages[entry->second] != storage)
    fail("storage " + storage.key + " is announced with two types or sizes",
         "the same type and size every time");
  return entry->second;
}

StorageView Machine::storage_view(std::size_t storage, std::uint32_t description) {
  const auto& given = value(description);
  const auto count = pickle_.storages[storage].count;
  if (given.kind == Kind::none) return {storage, 0, count};
  if (given.kind != Kind::tuple || given.items.size() != 3)
    fail("a storage view that is " + kind_text(given.kind), "(key, offset, size)");
  const auto& key = text(given.items[0], "the key of a storage view");
  const StorageView view{storage, integer(given.items[1], "the offset of a storage view"),
                         integer(given.items[2], "the size of a storage view")};
  if (view.offset < 0 || view.count < 0 || view.offset > count || view.count > count - view.offset)
    fail("a storage view of " + std::to_string(view.count) + " elements at offset " +
             std::to_string(view.offset),
         "a part of the storage's " + std::to_string(count) + " elements");
  if (view_of_key_.try_emplace(key, view).first->second != view)
    fail("storage view " + shown(key) + " is announced twice with different content",
         "the same content every time");
  return view;
}

void Machine::build() {
  // state_dict() of a module carries attributes (_metadata: versions of its layers); they are no weights.
  const auto& state = value(take_top(1)[0]);
  if (state.kind != Kind::dict || value(top()).kind != Kind::dict)
    fail("a state is set on " + kind_text(value(top()).kind), "attributes of an OrderedDict", kSaveWeights);
}

}  // namespace mpq::models::checkpoint
