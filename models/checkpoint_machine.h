#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/checkpoint_pickle.h"
#include "models/checkpoint_source.h"

namespace mpq::models::checkpoint {

/// The state of one run of read_pickle: opcodes in checkpoint_pickle.cpp, the stack in
/// checkpoint_machine.cpp, names and tensors in checkpoint_rebuild.cpp.
class Machine {
 public:
  Machine(std::string_view bytes, const PickleRules& rules, std::string where)
      : bytes_(bytes), rules_(rules), where_(std::move(where)) {}
  Pickle run();

 private:
  using Items = std::vector<std::uint32_t>;

  // Opcodes; false: not one of this group.
  void read_protocol();
  bool plain(std::uint8_t opcode);
  bool sized(std::uint8_t opcode);
  bool container(std::uint8_t opcode);
  bool object(std::uint8_t opcode);

  // Bytes.
  std::string_view take(std::uint64_t count);
  std::string_view line();
  std::uint64_t length(std::int64_t announced) const;
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  // Stack and memo.
  std::uint32_t add(Value value);
  void push(Value value) { push_index(add(std::move(value))); }
  void push_index(std::uint32_t index);
  void push_text(std::uint64_t size);
  void push_float();
  void push_long(std::uint64_t size);
  void push_tuple(Items items);
  void mark();
  Items take_top(std::size_t count);
  Items take_to_mark();
  std::uint32_t top() const;
  /// Counts what containers hold: one list may be copied into many.
  void hold(std::size_t items);
  void append(const Items& items);
  void set_items(const Items& items);
  void put(std::uint32_t slot);
  void get(std::uint32_t slot);

  // Names, storages, tensors.
  void push_global(std::string_view module, std::string_view name);
  void reduce();
  void ordered_dict(const Items& arguments);
  void rebuild_tensor(const Items& arguments, bool version_2);
  void rebuild_parameter(const Items& arguments);
  void check_empty(std::uint32_t index, const std::string& what) const;
  void check_range(const TensorView& tensor, const StorageView& view) const;
  void persistent();
  std::size_t add_storage(Storage storage);
  StorageView storage_view(std::size_t storage, std::uint32_t description);
  void build();

  // Values of a kind that is needed.
  const Value& value(std::uint32_t index) const { return pickle_.values[index]; }
  const std::string& text(std::uint32_t index, const std::string& what) const;
  std::int64_t integer(std::uint32_t index, const std::string& what) const;
  Sizes integers(std::uint32_t index, const std::string& what) const;

  std::string position_text() const;
  [[noreturn]] void fail(const std::string& what, const std::string& expected,
                         std::string_view fix = kGetAgain) const;

  std::string_view bytes_;
  const PickleRules& rules_;
  std::string where_;
  std::size_t position_ = 0, opcode_at_ = 0;
  Pickle pickle_;
  Items stack_;
  std::vector<std::size_t> marks_;
  std::size_t held_ = 0;
  std::unordered_map<std::uint32_t, std::uint32_t> memo_;
  std::unordered_map<std::string, std::size_t> storage_of_key_;
  std::unordered_map<std::string, StorageView> view_of_key_;
};

}  // namespace mpq::models::checkpoint
