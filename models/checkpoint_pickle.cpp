// The pickle machine: a stack of values and a handful of opcodes. There is no opcode that calls
// anything: REDUCE knows four names and builds what they stand for (checkpoint_rebuild.cpp).
#include "models/checkpoint_pickle.h"

#include <algorithm>
#include <array>
#include <utility>

#include "models/checkpoint_machine.h"
#include "models/checkpoint_source.h"

namespace mpq::models::checkpoint {
namespace {

constexpr std::array<std::pair<unsigned char, std::string_view>, 27> kRefusedOpcodes{
    {{'0', "POP"},         {'1', "POP_MARK"},     {'2', "DUP"},
     {'F', "FLOAT"},       {'I', "INT"},          {'L', "LONG"},
     {'P', "PERSID"},      {'S', "STRING"},       {'V', "UNICODE"},
     {'d', "DICT"},        {'g', "GET"},          {'i', "INST"},
     {'l', "LIST"},        {'o', "OBJ"},          {'p', "PUT"},
     {0x81, "NEWOBJ"},     {0x82, "EXT1"},        {0x83, "EXT2"},
     {0x84, "EXT4"},       {0x8e, "BINBYTES8"},   {0x8f, "EMPTY_SET"},
     {0x90, "ADDITEMS"},   {0x91, "FROZENSET"},   {0x92, "NEWOBJ_EX"},
     {0x96, "BYTEARRAY8"}, {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}}};

std::string opcode_text(unsigned char opcode) {
  for (const auto& [code, name] : kRefusedOpcodes)
    if (code == opcode) return std::string(name);
  constexpr std::string_view kDigits = "0123456789abcdef";
  return std::string("0x") + kDigits[opcode >> 4] + kDigits[opcode & 15];
}

}  // namespace

std::string kind_text(Kind kind) {
  constexpr std::array<std::string_view, 13> kTexts{
      "None",    "a boolean", "an integer", "an integer beyond 64 bits",
      "a float", "a string",  "bytes",      "a tuple",
      "a list",  "a dict",    "a name",     "a storage",
      "a tensor"};
  return std::string(kTexts[static_cast<std::size_t>(kind)]);
}

const Value* Pickle::find(const Value& dict, std::string_view key) const {
  if (dict.kind != Kind::dict) return nullptr;
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const auto& candidate = at(dict.items[i]);
    if (candidate.kind == Kind::text && candidate.text == key) return &at(dict.items[i + 1]);
  }
  return nullptr;
}

Pickle Machine::run() {
  read_protocol();
  for (;;) {
    opcode_at_ = position_;
    const auto opcode = number<std::uint8_t>();
    if (opcode == '.') break;
    if (!plain(opcode) && !sized(opcode) && !container(opcode) && !object(opcode))
      fail("the pickle has the opcode " + opcode_text(opcode) + ", which torch.save does not use for weights",
           "a dict of tensors as torch.save writes it; nothing was executed", kSaveWeights);
  }
  if (!marks_.empty() || stack_.size() != 1)
    fail("the pickle ends with " + std::to_string(stack_.size()) + " objects", "one");
  pickle_.root = stack_.back();
  pickle_.end = position_;
  return std::move(pickle_);
}

void Machine::read_protocol() {
  if (bytes_.empty()) fail("the pickle is empty", "a pickle of protocol 2 to 4");
  if (number<std::uint8_t>() != 0x80) fail("the pickle does not begin with its protocol", "protocol 2 to 4");
  const int protocol = number<std::uint8_t>();
  if (protocol < 2 || protocol > 4)
    fail("the pickle has protocol " + std::to_string(protocol), "protocol 2 to 4");
}

/// None, booleans, numbers.
bool Machine::plain(std::uint8_t opcode) {
  switch (opcode) {
    case 'N':
      push({Kind::none});
      return true;
    case 0x88:
      push({Kind::boolean, 1});
      return true;
    case 0x89:
      push({Kind::boolean, 0});
      return true;
    case 'K':
      push({Kind::integer, number<std::uint8_t>()});
      return true;
    case 'M':
      push({Kind::integer, number<std::uint16_t>()});
      return true;
    case 'J':
      push({Kind::integer, number<std::int32_t>()});
      return true;
    case 'G':
      push_float();
      return true;
    case 0x8a:
      push_long(number<std::uint8_t>());
      return true;
    case 0x8b:
      push_long(length(number<std::int32_t>()));
      return true;
    default:
      return false;
  }
}

/// Strings, bytes, frames: an announced length and what follows.
bool Machine::sized(std::uint8_t opcode) {
  switch (opcode) {
    case 'X':
      push_text(number<std::uint32_t>());
      return true;
    case 0x8c:
      push_text(number<std::uint8_t>());
      return true;
    case 0x8d:
      push_text(number<std::uint64_t>());
      return true;
    case 'T':
      push_text(length(number<std::int32_t>()));
      return true;  // str of Python 2
    case 'U':
      push_text(number<std::uint8_t>());
      return true;
    case 'B':
      push({Kind::bytes, 0, 0, std::string(take(number<std::uint32_t>()))});
      return true;
    case 'C':
      push({Kind::bytes, 0, 0, std::string(take(number<std::uint8_t>()))});
      return true;
    case 0x95: {
      const auto frame = number<std::uint64_t>();
      if (frame > bytes_.size() - position_)
        fail("a frame announces " + std::to_string(frame) + " bytes, " +
                 std::to_string(bytes_.size() - position_) + " are left",
             "a frame inside the pickle");
      return true;
    }
    default:
      return false;
  }
}

bool Machine::container(std::uint8_t opcode) {
  switch (opcode) {
    case '(':
      mark();
      return true;
    case ')':
      push({Kind::tuple});
      return true;
    case ']':
      push({Kind::list});
      return true;
    case '}':
      push({Kind::dict});
      return true;
    case 0x85:
      push_tuple(take_top(1));
      return true;
    case 0x86:
      push_tuple(take_top(2));
      return true;
    case 0x87:
      push_tuple(take_top(3));
      return true;
    case 't':
      push_tuple(take_to_mark());
      return true;
    case 'a':
      append(take_top(1));
      return true;
    case 'e':
      append(take_to_mark());
      return true;
    case 's':
      set_items(take_top(2));
      return true;
    case 'u':
      set_items(take_to_mark());
      return true;
    case 'q':
      put(number<std::uint8_t>());
      return true;
    case 'r':
      put(number<std::uint32_t>());
      return true;
    case 0x94:
      put(static_cast<std::uint32_t>(memo_.size()));
      return true;
    case 'h':
      get(number<std::uint8_t>());
      return true;
    case 'j':
      get(number<std::uint32_t>());
      return true;
    default:
      return false;
  }
}

bool Machine::object(std::uint8_t opcode) {
  switch (opcode) {
    case 'c': {
      const auto module = line();
      push_global(module, line());
      return true;
    }
    case 0x93: {
      const auto names = take_top(2);
      push_global(text(names[0], "a module"), text(names[1], "a name"));
      return true;
    }
    case 'R':
      reduce();
      return true;
    case 'Q':
      persistent();
      return true;
    case 'b':
      build();
      return true;
    default:
      return false;
  }
}

Pickle read_pickle(std::string_view bytes, const PickleRules& rules, const std::string& where) {
  return Machine(bytes, rules, where).run();
}

}  // namespace mpq::models::checkpoint
