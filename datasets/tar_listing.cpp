#include "datasets/tar_listing.h"

#include <sys/stat.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "datasets/picture_names.h"

namespace mpq::datasets {
namespace {

constexpr std::string_view kMagic = "mpq.tar1";
constexpr std::size_t kChecksumBytes = 64;  // SHA-256 in hexadecimal digits, of all that is before it
constexpr std::size_t kMostBytes = std::size_t{4} << 30;
constexpr std::int64_t kLongestLabel = 32;

class Writer {
 public:
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  void members(const std::vector<TarMember>& list) {
    number(list.size());
    for (const auto& member : list) {
      text(member.name);
      number(static_cast<std::uint64_t>(member.header_at));
      number(static_cast<std::uint64_t>(member.size));
    }
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_ = std::string(kMagic);
};

/// Reads what Writer wrote. Behind the end everything is nothing, and intact() says so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    int shift = 0;
    for (const char c : take(8)) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << shift;
      shift += 8;
    }
    return value;
  }
  std::string text() { return std::string(take(number())); }
  std::vector<TarMember> members() {
    std::vector<TarMember> list;
    for (auto count = number(); count > 0 && intact_; --count) {
      TarMember member;
      member.name = text();
      member.header_at = static_cast<std::int64_t>(number());
      member.size = static_cast<std::int64_t>(number());
      list.push_back(std::move(member));
    }
    return list;
  }
  bool intact() const { return intact_; }
  bool at_end() const { return intact_ && left_.empty(); }

 private:
  std::string_view take(std::uint64_t count) {
    if (count > left_.size()) {
      intact_ = false;
      left_ = {};
      return {};
    }
    const auto taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
  bool intact_ = true;
};

std::string to_bytes(const TarListing& listing, const std::string& stamp) {
  Writer writer;
  writer.text(stamp);
  writer.members(listing.members);
  writer.number(listing.within.size());
  for (const auto& [name, members] : listing.within) {
    writer.text(name);
    writer.members(members);
  }
  writer.number(listing.labels.size());
  for (const auto& [name, label] : listing.labels) {
    writer.text(name);
    writer.text(label);
  }
  return writer.bytes() + sha256(writer.bytes());
}

std::optional<TarListing> from_bytes(std::string_view bytes, const std::string& stamp) {
  if (bytes.size() < kMagic.size() + kChecksumBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  const auto checked = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (sha256(checked) != bytes.substr(checked.size())) return std::nullopt;
  Reader reader(checked.substr(kMagic.size()));
  if (reader.text() != stamp) return std::nullopt;
  TarListing listing;
  listing.members = reader.members();
  for (auto count = reader.number(); count > 0 && reader.intact(); --count) {
    auto name = reader.text();
    listing.within[std::move(name)] = reader.members();
  }
  for (auto count = reader.number(); count > 0 && reader.intact(); --count) {
    auto name = reader.text();
    listing.labels[std::move(name)] = reader.text();
  }
  if (!reader.at_end()) return std::nullopt;
  return listing;
}

/// Changes when the archive does; empty if it cannot be asked.
std::string stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "";
  return std::to_string(status.st_size) + " bytes, changed at " + std::to_string(status.st_mtim.tv_sec) +
         "." + std::to_string(status.st_mtim.tv_nsec);
}

// A file that is not there or cannot be read is like none: the archive says the same.
std::optional<TarListing> read_kept(const std::string& file, const std::string& stamp) {
  try {
    return from_bytes(read_file(file, kMostBytes), stamp);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void keep(const TarListing& listing, const std::string& stamp, const std::string& folder,
          const std::string& file) {
  try {
    make_folders(folder);
    write_whole(file, to_bytes(listing, stamp));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::environment) throw;
  }
}

}  // namespace

TarListing list_archive(const std::string& path, ListedFor purpose) {
  TarListing listing;
  listing.members = list_tar(path);
  for (const auto& member : listing.members) {
    const bool label = ending_of(member.name) == "cls" && member.size <= kLongestLabel;
    if (purpose == ListedFor::classes && is_archive(member.name))
      listing.within[member.name] = list_tar(path, tar_data_offset(path, member), member.size);
    if (purpose == ListedFor::samples && label) listing.labels[member.name] = read_tar_member(path, member);
  }
  return listing;
}

TarListing kept_listing(const std::string& data_folder, const std::string& archive, ListedFor purpose) {
  const auto path = data_folder + "/" + archive, folder = data_folder + "/cache";
  const auto what = archive + (purpose == ListedFor::classes ? " by class" : " by sample");
  const auto file = folder + "/archive-" + sha256(what).substr(0, 16) + ".index";
  const auto stamp = stamp_of(path), whole_stamp = what + ", " + stamp;
  if (auto kept = read_kept(file, whole_stamp)) return std::move(*kept);
  auto listing = list_archive(path, purpose);
  // One that changed meanwhile may have been listed half before and half after it.
  if (stamp_of(path) == stamp) keep(listing, whole_stamp, folder, file);
  return listing;
}

}  // namespace mpq::datasets
