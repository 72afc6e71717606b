// The layout of torch.save before 1.6: five pickles (magic number, protocol, system, object, storage keys),
// then each storage as its number of elements (int64) and its bytes, to the end of the file.
#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "models/checkpoint_contents.h"

namespace mpq::models::checkpoint {
namespace {

constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);  // 0x1950a86a20f9469cfc6c
constexpr std::int64_t kProtocol = 1001;

/// The pickles one after the other; `next` is where the following one begins.
class Pickles {
 public:
  Pickles(const ByteSource& source, const ReadLimits& limits)
      : source_(source),
        limits_(limits),
        bytes_(source.text(
            0, static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), limits.pickle_bytes)))) {}

  Pickle read(const std::string& what, bool tensors) {
    const PickleRules rules{limits_, tensors, true, most_tensor_bytes(source_)};
    const auto where = source_.name() + ", pickle of " + what + " at byte " + std::to_string(next_);
    auto pickle = read_pickle(std::string_view(bytes_).substr(next_), rules, where);
    next_ += pickle.end;
    return pickle;
  }
  std::uint64_t next() const { return next_; }

 private:
  const ByteSource& source_;
  const ReadLimits& limits_;
  std::string bytes_;
  std::size_t next_ = 0;
};

void check_system(const Pickle& system, const std::string& where) {
  const auto* little = system.find(system.at(system.root), "little_endian");
  if (little == nullptr || little->kind != Kind::boolean)
    refuse("the checkpoint does not say its byte order", where, "little_endian in the third pickle");
  if (little->integer == 0)
    refuse("the checkpoint was written on a big-endian machine", where, "little-endian values",
           "save it again on a little-endian machine");
}

void read_preamble(Pickles& pickles, const std::string& where) {
  const auto magic = pickles.read("the magic number", false);
  if (magic.at(magic.root).kind != Kind::big || magic.at(magic.root).text != kMagic)
    refuse("the file begins with a pickle, but not with PyTorch's magic number", where,
           "a checkpoint of torch.save", kSaveWeights);
  const auto protocol = pickles.read("the protocol", false);
  const auto& version = protocol.at(protocol.root);
  if (version.kind != Kind::integer || version.integer != kProtocol)
    refuse("the layout's protocol is " +
               (version.kind == Kind::integer ? std::to_string(version.integer) : kind_text(version.kind)),
           where, std::to_string(kProtocol), kSaveWeights);
  const auto system = pickles.read("the system", false);
  check_system(system, where);
}

/// Where each storage begins; the file must hold exactly the announced storages.
std::vector<std::uint64_t> locate(const ByteSource& source, const Pickle& object, const Pickle& keys,
                                  std::uint64_t position) {
  const auto where = source.name() + ", storages";
  const auto& list = keys.at(keys.root);
  if (list.kind != Kind::list) refuse("the storage keys are " + kind_text(list.kind), where, "a list");
  std::unordered_map<std::string, std::size_t> missing;
  for (std::size_t i = 0; i < object.storages.size(); ++i) missing.emplace(object.storages[i].key, i);
  std::vector<std::uint64_t> begin(object.storages.size(), 0);
  for (const auto item : list.items) {
    const auto& key = keys.at(item);
    const auto found = key.kind == Kind::text ? missing.find(key.text) : missing.end();
    if (found == missing.end())
      refuse("the storage key " + (key.kind == Kind::text ? shown(key.text) : kind_text(key.kind)) +
                 " is unknown or given twice",
             where, "every storage of the tensors once");
    const auto& storage = object.storages[found->second];
    const auto bytes = static_cast<std::uint64_t>(storage.count * element_bytes(storage.type));
    const auto left = source.size() - position;
    if (left < sizeof(std::int64_t) || left - sizeof(std::int64_t) < bytes)
      refuse("storage " + storage.key + " needs " + std::to_string(bytes) + " bytes, the file ends before",
             where, "all " + std::to_string(list.items.size()) + " storages");
    const auto count = source.number<std::int64_t>(position);
    if (count != storage.count)
      refuse("storage " + storage.key + " has " + std::to_string(count) + " elements, its tensors say " +
                 std::to_string(storage.count),
             where, "the same number");
    begin[found->second] = position + sizeof(std::int64_t);
    position = begin[found->second] + bytes;
    missing.erase(found);
  }
  if (!missing.empty())
    refuse("storage " + missing.begin()->first + " is not in the list of storages", where, "all storages");
  if (position != source.size())
    refuse(std::to_string(source.size() - position) + " bytes after the last storage", where,
           "the end of the file");
  return begin;
}

}  // namespace

PickledFile read_legacy(const ByteSource& source, const ReadLimits& limits) {
  Pickles pickles(source, limits);
  read_preamble(pickles, source.name());
  auto object = pickles.read("the weights", true);
  const auto keys = pickles.read("the storage keys", false);
  auto begin = locate(source, object, keys, pickles.next());
  return {std::move(object), std::move(begin)};
}

}  // namespace mpq::models::checkpoint
