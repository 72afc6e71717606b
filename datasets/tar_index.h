#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mpq::datasets {

/// A file in a tar archive, and where its header begins.
struct TarMember {
  std::string name;
  std::int64_t header_at = 0, size = 0;
  bool operator==(const TarMember&) const = default;
};

/// The regular files of an uncompressed tar archive (ustar, pax, GNU long names, v7) or of one that lies as a
/// member in another: `begin` and `length` say where (length −1: to the end of the file). Nothing is
/// unpacked; a stranger's archive is refused, with its offset, for links, devices, sparse files, names that
/// lead elsewhere, a name given twice, sizes beyond the file, and whatever libarchive finds wrong. Throws
/// Error(input).
std::vector<TarMember> list_tar(const std::string& path, std::int64_t begin = 0, std::int64_t length = -1);

/// Where a member's bytes begin, found from its header.
std::int64_t tar_data_offset(const std::string& path, const TarMember& member);

/// The bytes of a member. Throws Error(input).
std::string read_tar_member(const std::string& path, const TarMember& member);

}  // namespace mpq::datasets
