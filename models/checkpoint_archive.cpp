// Zip, after APPNOTE 6.3: end record (and its 64-bit form), central directory, local headers.
#include "models/checkpoint_archive.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace mpq::models::checkpoint {
namespace {

constexpr std::size_t kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20, kEntryBytes = 46,
                      kLocalBytes = 30;
constexpr std::uint64_t kMostDirectoryBytes = std::uint64_t{32} << 20;
constexpr std::uint16_t kEncrypted = 1, kSizesFollow = 1 << 3, kUtf8 = 1 << 11;

struct Directory {
  std::uint64_t begin = 0, size = 0, count = 0;
};

/// What the directory and a local header both say of a member.
struct Header {
  std::uint16_t flags = 0, method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0, size = 0, local = 0;  // local: only in the directory
  std::string name;
};

std::string directory_where(const ByteSource& source) { return source.name() + ", zip directory"; }

template <class Narrow>
void agree(const ByteSource& source, Narrow narrow, std::uint64_t wide) {
  if (narrow != std::numeric_limits<Narrow>::max() && narrow != wide)
    refuse("the two end records differ", directory_where(source), "the same numbers in both");
}

Directory find_directory(const ByteSource& source) {
  const auto where = directory_where(source);
  const auto truncated = "the zip archive has no end record";
  if (source.size() < kEndBytes) refuse(truncated, where, "a whole archive");
  std::uint64_t end = source.size() - kEndBytes;
  const auto record = source.text(end, kEndBytes);
  if (record.substr(0, 4) != "PK\5\6" || load<std::uint16_t>(record, 20) != 0)
    refuse(truncated, where, "a whole archive");
  const auto count = load<std::uint16_t>(record, 10);
  Directory directory{load<std::uint32_t>(record, 16), load<std::uint32_t>(record, 12), count};
  if (load<std::uint32_t>(record, 4) != 0 || load<std::uint16_t>(record, 8) != count)
    refuse("an archive in several parts", where, "one file");
  if (end >= kLocator64Bytes + kEnd64Bytes && source.text(end - kLocator64Bytes, 4) == "PK\6\7") {
    const auto locator = source.text(end - kLocator64Bytes, kLocator64Bytes);
    end -= kLocator64Bytes + kEnd64Bytes;
    const auto wide = source.text(end, kEnd64Bytes);
    const bool good = load<std::uint64_t>(locator, 8) == end && wide.substr(0, 4) == std::string("PK\6\6") &&
                      load<std::uint64_t>(wide, 4) == kEnd64Bytes - 12 &&
                      load<std::uint64_t>(wide, 16) == 0 &&
                      load<std::uint64_t>(wide, 24) == load<std::uint64_t>(wide, 32);
    if (!good) refuse("the 64-bit end record is damaged", where, "a whole archive");
    directory = {load<std::uint64_t>(wide, 48), load<std::uint64_t>(wide, 40), load<std::uint64_t>(wide, 32)};
    agree(source, load<std::uint32_t>(record, 16), directory.begin);
    agree(source, load<std::uint32_t>(record, 12), directory.size);
    agree(source, count, directory.count);
  }
  if (directory.begin > end || directory.size != end - directory.begin)
    refuse("the zip directory does not lie before its end record", where, "a whole archive");
  if (directory.size > kMostDirectoryBytes || directory.count > directory.size / kEntryBytes)
    refuse("the end record announces " + std::to_string(directory.count) + " members", where,
           "as many as the directory has");
  return directory;
}

/// Replaces 32-bit sizes that say "see the extra field" by those of the zip64 extra field.
void widen(Header& header, std::string_view extra, bool has_local, const std::string& where) {
  constexpr std::uint64_t kSee = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint64_t*> wanted;
  for (auto* field : {&header.size, &header.packed})
    if (*field == kSee) wanted.push_back(field);
  if (has_local && header.local == kSee) wanted.push_back(&header.local);
  while (!wanted.empty()) {
    if (extra.size() < 4 || load<std::uint16_t>(extra, 2) > extra.size() - 4)
      refuse("a member's 64-bit sizes are missing", where, "a whole archive");
    const auto field = extra.substr(4, load<std::uint16_t>(extra, 2));
    if (load<std::uint16_t>(extra, 0) != 1) {
      extra.remove_prefix(4 + field.size());
      continue;
    }
    if (field.size() < 8 * wanted.size())
      refuse("a member's 64-bit sizes are cut off", where, "a whole archive");
    for (std::size_t i = 0; i < wanted.size(); ++i) *wanted[i] = load<std::uint64_t>(field, 8 * i);
    return;
  }
}

std::vector<Header> read_directory(const ByteSource& source, const Directory& directory) {
  const auto where = directory_where(source);
  const auto bytes = source.text(directory.begin, static_cast<std::size_t>(directory.size));
  std::vector<Header> headers;
  std::size_t at = 0;
  while (headers.size() < directory.count) {
    const auto entry = std::string_view(bytes).substr(at);
    if (entry.size() < kEntryBytes || entry.substr(0, 4) != "PK\1\2")
      refuse("the zip directory ends too early", where, "all its members");
    const std::size_t name = load<std::uint16_t>(entry, 28), extra = load<std::uint16_t>(entry, 30),
                      note = load<std::uint16_t>(entry, 32);
    if (entry.size() - kEntryBytes < name + extra + note)
      refuse("the zip directory is cut off", where, "all its members");
    Header header{load<std::uint16_t>(entry, 8),
                  load<std::uint16_t>(entry, 10),
                  load<std::uint32_t>(entry, 16),
                  load<std::uint32_t>(entry, 20),
                  load<std::uint32_t>(entry, 24),
                  load<std::uint32_t>(entry, 42),
                  std::string(entry.substr(kEntryBytes, name))};
    if (load<std::uint16_t>(entry, 34) != 0)
      refuse("a member in another part of the archive", where, "one file");
    widen(header, entry.substr(kEntryBytes + name, extra), true, where);
    headers.push_back(std::move(header));
    at += kEntryBytes + name + extra + note;
  }
  if (at != bytes.size())
    refuse("the zip directory has more than its " + std::to_string(directory.count) + " members", where,
           "as many as announced");
  return headers;
}

void check_header(const Header& header, const std::string& where) {
  if ((header.flags & kEncrypted) != 0)
    refuse("a zip member is encrypted", where, "plain members", kSaveWeights);
  if (header.method != 0 || header.packed != header.size)
    refuse("a zip member is compressed", where, "stored members: torch.save never compresses", kSaveWeights);
  if ((header.flags & ~(kSizesFollow | kUtf8)) != 0)
    refuse("a zip member has flags that torch.save does not set", where, "plain members", kSaveWeights);
}

/// Relative, no "..", no empty part.
void check_name(const std::string& name, const std::string& where) {
  bool good =
      valid_utf8(name) && name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
  for (std::size_t begin = 0; good && begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    const auto part = name.substr(begin, end - begin);
    good = !part.empty() && part != "." && part != "..";
    begin = end + 1;
  }
  if (!good)
    refuse("the name of a zip member leads elsewhere", where, "a relative path below one folder",
           kSaveWeights);
}

/// The member's data, after comparing its local header with the directory.
Member locate(const ByteSource& source, const Header& header, const Directory& directory) {
  const auto where = source.name() + ", member " + shown(header.name);
  check_header(header, where);
  check_name(header.name, where);
  const auto wrong = "the local header differs from the directory, or is not there";
  if (header.local > directory.begin || directory.begin - header.local < kLocalBytes)
    refuse(wrong, where, "a local header");
  const auto fixed = source.text(header.local, kLocalBytes);
  const std::size_t name = load<std::uint16_t>(fixed, 26), extra = load<std::uint16_t>(fixed, 28);
  const auto begin = header.local + kLocalBytes + name + extra;
  if (fixed.substr(0, 4) != "PK\3\4" || begin > directory.begin) refuse(wrong, where, "a local header");
  if (header.size > directory.begin - begin)
    refuse("the member has " + std::to_string(header.size) + " bytes, " +
               std::to_string(directory.begin - begin) + " are there",
           where, "a whole archive");
  const auto rest = source.text(header.local + kLocalBytes, name + extra);
  Header local{load<std::uint16_t>(fixed, 6),
               load<std::uint16_t>(fixed, 8),
               load<std::uint32_t>(fixed, 14),
               load<std::uint32_t>(fixed, 18),
               load<std::uint32_t>(fixed, 22),
               header.local,
               rest.substr(0, name)};
  widen(local, std::string_view(rest).substr(name), false, where);
  const bool later =
      (header.flags & kSizesFollow) != 0 && local.crc == 0 && local.size == 0 && local.packed == 0;
  const bool same =
      local.flags == header.flags && local.method == header.method && local.name == header.name &&
      (later || (local.crc == header.crc && local.size == header.size && local.packed == header.packed));
  if (!same) refuse(wrong, where, "the same in both");
  return {header.name, begin, header.size};
}

using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
    tables[0][i] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t i = 0; i < 256; ++i)
      tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 255];
  return tables;
}

/// CRC-32 eight bytes at a time; `crc` starts and ends inverted.
std::uint32_t update_crc(std::uint32_t crc, std::string_view bytes) {
  static constexpr CrcTables kTables = make_crc_tables();
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const auto word = load<std::uint64_t>(bytes, 0) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][word >> 8 * k & 255];
  }
  for (const char byte : bytes) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<unsigned char>(byte)) & 255];
  return crc;
}

void check_crc(const ByteSource& source, const Member& member, std::uint32_t expected) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::uint64_t done = 0; done < member.size;) {
    const auto piece = source.text(
        member.begin + done, static_cast<std::size_t>(std::min<std::uint64_t>(member.size - done, 1 << 20)));
    crc = update_crc(crc, piece);
    done += piece.size();
  }
  if (~crc != expected)
    refuse("the checksum (CRC-32) of a zip member does not match",
           source.name() + ", member " + shown(member.name), "undamaged data");
}

}  // namespace

Archive::Archive(const ByteSource& source) {
  const auto directory = find_directory(source);
  const auto headers = read_directory(source, directory);
  std::vector<std::array<std::uint64_t, 2>> ranges;
  for (const auto& header : headers) {
    members_.push_back(locate(source, header, directory));
    const auto& member = members_.back();
    const auto where = source.name() + ", member " + shown(member.name);
    if (!index_.emplace(member.name, members_.size() - 1).second)
      refuse("a zip member is there twice", where, "every name once");
    const auto root = member.name.substr(0, member.name.find('/'));
    if (members_.size() == 1) root_ = root;
    if (root != root_ || root == member.name)
      refuse("zip members are in different folders", where, "one folder");
    ranges.push_back({header.local, member.begin + member.size});
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i][0] < ranges[i - 1][1])
      refuse("zip members overlap", directory_where(source), "members one after the other");
  for (std::size_t i = 0; i < headers.size(); ++i) check_crc(source, members_[i], headers[i].crc);
}

const Member* Archive::find(const std::string& name) const {
  const auto found = index_.find(root_ + "/" + name);
  return found == index_.end() ? nullptr : &members_[found->second];
}

bool Archive::has_folder(const std::string& prefix) const {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const Member& member) { return member.name.starts_with(root_ + "/" + prefix); });
}

}  // namespace mpq::models::checkpoint
