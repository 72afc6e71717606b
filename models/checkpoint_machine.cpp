#include "models/checkpoint_machine.h"

#include <algorithm>
#include <bit>

namespace mpq::models::checkpoint {

void Machine::fail(const std::string& what, const std::string& expected, std::string_view fix) const {
  refuse(what, where_ + ", byte " + std::to_string(opcode_at_), expected, fix);
}

std::string_view Machine::take(std::uint64_t count) {
  const auto left = bytes_.size() - position_;
  if (count > left)
    fail("the pickle needs " + std::to_string(count) + " more bytes, " + std::to_string(left) + " are there",
         "a whole pickle that ends with STOP");
  const auto taken = bytes_.substr(position_, static_cast<std::size_t>(count));
  position_ += taken.size();
  return taken;
}

std::string_view Machine::line() {
  const auto end = bytes_.find('\n', position_);
  if (end == std::string_view::npos) fail("a name without its end", "a line");
  const auto content = take(end - position_);
  take(1);
  return content;
}

std::uint64_t Machine::length(std::int64_t announced) const {
  if (announced < 0) fail("a length of " + std::to_string(announced), "a length of at least 0");
  return static_cast<std::uint64_t>(announced);
}

std::uint32_t Machine::add(Value value) {
  if (pickle_.values.size() >= rules_.limits.values)
    fail("the pickle has more than " + std::to_string(rules_.limits.values) + " objects", "a dict of tensors",
         kSaveWeights);
  pickle_.values.push_back(std::move(value));
  return static_cast<std::uint32_t>(pickle_.values.size() - 1);
}

void Machine::push_index(std::uint32_t index) {
  if (stack_.size() >= rules_.limits.values)
    fail("the pickle keeps more than " + std::to_string(rules_.limits.values) + " objects on its stack",
         "a dict of tensors", kSaveWeights);
  stack_.push_back(index);
}

void Machine::push_text(std::uint64_t size) {
  const auto content = take(size);
  if (!valid_utf8(content)) fail("the string " + shown(content) + " is not UTF-8", "UTF-8");
  push({Kind::text, 0, 0, std::string(content)});
}

void Machine::push_float() {
  std::uint64_t bits = 0;  // big-endian, unlike every other number
  for (const char byte : take(sizeof bits)) bits = bits << 8 | static_cast<unsigned char>(byte);
  push({Kind::real, 0, std::bit_cast<double>(bits)});
}

void Machine::push_long(std::uint64_t size) {
  const auto digits = take(size);  // two's complement, little-endian
  if (size > sizeof(std::int64_t)) return push({Kind::big, 0, 0, std::string(digits)});
  const bool negative = !digits.empty() && static_cast<signed char>(digits.back()) < 0;
  std::int64_t whole = negative ? -1 : 0;
  std::memcpy(&whole, digits.data(), digits.size());
  push({Kind::integer, whole});
}

void Machine::push_tuple(Items items) {
  hold(items.size());
  push({Kind::tuple, 0, 0, {}, std::move(items)});
}

void Machine::hold(std::size_t items) {
  held_ += items;
  if (held_ > rules_.limits.items)
    fail("the containers of the pickle hold more than " + std::to_string(rules_.limits.items) + " entries",
         "a dict of tensors", kSaveWeights);
}

void Machine::mark() {
  if (marks_.size() >= rules_.limits.values) fail("too many marks", "a dict of tensors", kSaveWeights);
  marks_.push_back(stack_.size());
}

Machine::Items Machine::take_top(std::size_t count) {
  const auto floor = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() - floor < count)
    fail("an opcode needs more objects than there are", "a well-formed pickle");
  Items items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return items;
}

Machine::Items Machine::take_to_mark() {
  if (marks_.empty()) fail("an opcode needs a mark and there is none", "a well-formed pickle");
  Items items = take_top(stack_.size() - marks_.back());
  marks_.pop_back();
  return items;
}

std::uint32_t Machine::top() const {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
    fail("an opcode needs an object and there is none", "a well-formed pickle");
  return stack_.back();
}

void Machine::append(const Items& items) {
  auto& list = pickle_.values[top()];
  if (list.kind != Kind::list) fail("something is appended to " + kind_text(list.kind), "a list");
  hold(items.size());
  list.items.insert(list.items.end(), items.begin(), items.end());
}

void Machine::set_items(const Items& items) {
  auto& dict = pickle_.values[top()];
  if (dict.kind != Kind::dict) fail("an entry is set in " + kind_text(dict.kind), "a dict");
  if (items.size() % 2 != 0) fail("a key without its value", "pairs of key and value");
  for (std::size_t i = 0; i < items.size(); i += 2) {
    const auto kind = value(items[i]).kind;
    if (kind != Kind::text && kind != Kind::integer)
      fail("a key that is " + kind_text(kind), "a string or an integer");
  }
  hold(items.size());
  dict.items.insert(dict.items.end(), items.begin(), items.end());
}

void Machine::put(std::uint32_t slot) {
  const auto index = top();
  if (memo_.size() >= rules_.limits.values)
    fail("the pickle remembers more than " + std::to_string(rules_.limits.values) + " objects",
         "a dict of tensors", kSaveWeights);
  memo_[slot] = index;
}

void Machine::get(std::uint32_t slot) {
  const auto found = memo_.find(slot);
  if (found == memo_.end())
    fail("memo entry " + std::to_string(slot) + " was never set", "a well-formed pickle");
  push_index(found->second);
}

const std::string& Machine::text(std::uint32_t index, const std::string& what) const {
  const auto& found = value(index);
  if (found.kind != Kind::text) fail(what + " is " + kind_text(found.kind), "a string");
  return found.text;
}

std::int64_t Machine::integer(std::uint32_t index, const std::string& what) const {
  const auto& found = value(index);
  if (found.kind != Kind::integer)
    fail(what + " is " + kind_text(found.kind), "an integer of at most 64 bits");
  return found.integer;
}

Sizes Machine::integers(std::uint32_t index, const std::string& what) const {
  const auto& found = value(index);
  if (found.kind != Kind::tuple && found.kind != Kind::list)
    fail("the " + what + "s are " + kind_text(found.kind), "a tuple of integers");
  if (found.items.size() > kMaxRank)
    fail("a tensor of rank " + std::to_string(found.items.size()),
         "at most " + std::to_string(kMaxRank) + " dimensions");
  Sizes whole;
  for (const auto item : found.items) {
    whole.push_back(integer(item, "a " + what));
    if (whole.back() < 0) fail("a " + what + " of " + std::to_string(whole.back()), "at least 0");
  }
  return whole;
}

}  // namespace mpq::models::checkpoint
