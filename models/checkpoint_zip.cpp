// The layout of torch.save since 1.6: a zip archive with <root>/data.pkl, a member <root>/data/<key> for each
// storage, and small records.
#include <algorithm>
#include <charconv>

#include "models/checkpoint_archive.h"
#include "models/checkpoint_contents.h"

namespace mpq::models::checkpoint {
namespace {

constexpr int kNewestVersion = 10;  // kMaxSupportedFileFormatVersion of PyTorch
constexpr std::size_t kMostRecordBytes = 64;

/// A small text record without its line end; empty if it is not there.
std::string record(const ByteSource& source, const Archive& archive, const std::string& name) {
  const auto* member = archive.find(name);
  if (member == nullptr) return {};
  auto text = source.text(member->begin,
                          static_cast<std::size_t>(std::min<std::uint64_t>(member->size, kMostRecordBytes)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void check_records(const ByteSource& source, const Archive& archive) {
  if (archive.find("constants.pkl") != nullptr || archive.has_folder("code/"))
    refuse("a TorchScript archive: it holds a program", source.name(), "a checkpoint of torch.save",
           kSaveWeights);
  auto version = record(source, archive, "version");
  if (version.empty()) version = record(source, archive, ".data/version");
  int number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (error != std::errc() || end != version.data() + version.size() || number < 1 || number > kNewestVersion)
    refuse("the archive has version " + shown(version), source.name(),
           "1 to " + std::to_string(kNewestVersion), kSaveWeights);
  const auto order = record(source, archive, "byteorder");
  if (archive.find("byteorder") != nullptr && order != "little")
    refuse("the archive has byte order " + shown(order), source.name(), "'little'",
           "save it again on a little-endian machine");
}

Pickle read_object(const ByteSource& source, const Archive& archive, const ReadLimits& limits) {
  const auto* member = archive.find("data.pkl");
  if (member == nullptr)
    refuse("the zip archive has no data.pkl", source.name(), "a checkpoint of torch.save", kSaveWeights);
  const auto where = source.name() + ", " + shown(member->name);
  if (member->size > limits.pickle_bytes)
    refuse("the pickle has " + std::to_string(member->size) + " bytes", where,
           "at most " + std::to_string(limits.pickle_bytes), kSaveWeights);
  const auto bytes = source.text(member->begin, static_cast<std::size_t>(member->size));
  auto pickle = read_pickle(bytes, {limits, true, false, most_tensor_bytes(source)}, where);
  if (pickle.end != bytes.size())
    refuse(std::to_string(bytes.size() - pickle.end) + " bytes after the end of the pickle", where,
           "nothing there");
  return pickle;
}

}  // namespace

PickledFile read_zip(const ByteSource& source, const ReadLimits& limits) {
  const Archive archive(source);
  check_records(source, archive);
  PickledFile file{read_object(source, archive, limits), {}};
  for (const auto& storage : file.pickle.storages) {
    const auto where = source.name() + ", storage " + storage.key;
    const auto* member = archive.find("data/" + storage.key);
    if (member == nullptr) refuse("the storage is not in the archive", where, "a member data/" + storage.key);
    const auto bytes = static_cast<std::uint64_t>(storage.count * element_bytes(storage.type));
    if (member->size != bytes)
      refuse("the storage has " + std::to_string(member->size) + " bytes", where,
             std::to_string(bytes) + ", as its tensors say");
    file.storage_begin.push_back(member->begin);
  }
  return file;
}

}  // namespace mpq::models::checkpoint
