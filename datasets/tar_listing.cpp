#include "datasets/tar_listing.h"

#include <sys/stat.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "datasets/picture_names.h"

namespace mpq::datasets {
namespace {

constexpr std::string_view kMagic = "mpq.tar1";
constexpr std::size_t kChecksumBytes = 64;  // SHA-256 in hexadecimal digits, of all that is before it
constexpr std::size_t kMostBytes = std::size_t{4} << 30;
constexpr std::int64_t kLongestLabel = 32;

Json columns(const std::vector<TarMember>& members) {
  Json all = {{"name", Json::array()}, {"header_at", Json::array()}, {"size", Json::array()}};
  for (const auto& member : members) {
    all["name"].push_back(member.name);
    all["header_at"].push_back(member.header_at);
    all["size"].push_back(member.size);
  }
  return all;
}

std::vector<TarMember> members_of(const Json& table) {
  std::vector<TarMember> members;
  for (std::size_t i = 0; i < table.at("name").size(); ++i)
    members.push_back({table.at("name").at(i), table.at("header_at").at(i), table.at("size").at(i)});
  return members;
}

std::string to_bytes(const TarListing& listing, const std::string& stamp) {
  Json all = {{"stamp", stamp}, {"members", columns(listing.members)}, {"within", Json::object()}};
  for (const auto& [name, members] : listing.within) all["within"][name] = columns(members);
  all["labels"] = Json(listing.labels);
  const auto packed = Json::to_cbor(all);
  auto bytes = std::string(kMagic) + std::string(packed.begin(), packed.end());
  return bytes + sha256(bytes);
}

std::optional<TarListing> from_bytes(std::string_view bytes, const std::string& stamp) {
  if (bytes.size() < kMagic.size() + kChecksumBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  const auto checked = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (sha256(checked) != bytes.substr(checked.size())) return std::nullopt;
  try {
    const auto all = Json::from_cbor(checked.substr(kMagic.size()));
    if (all.at("stamp") != stamp) return std::nullopt;
    TarListing listing;
    listing.members = members_of(all.at("members"));
    for (const auto& [name, members] : all.at("within").items()) listing.within[name] = members_of(members);
    all.at("labels").get_to(listing.labels);
    return listing;
  } catch (const Json::exception&) {  // of another make
    return std::nullopt;
  }
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
