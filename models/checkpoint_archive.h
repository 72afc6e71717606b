#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/checkpoint_source.h"

namespace mpq::models::checkpoint {

/// A stored (not compressed) member of a zip archive: bytes [begin, begin + size) of the file.
struct Member {
  std::string name;
  std::uint64_t begin = 0, size = 0;
};

/// The zip archives that torch.save writes, and no others: stored members, no encryption, a directory
/// that agrees with the members, which are in one folder, do not overlap and have their CRC-32.
class Archive {
 public:
  /// Checks everything, the checksums included. Throws Error(input).
  explicit Archive(const ByteSource& source);

  /// The folder that all members are in.
  const std::string& root() const { return root_; }
  /// The member `<root>/<name>`; null if there is none.
  const Member* find(const std::string& name) const;
  /// Whether any member's name begins with `<root>/<prefix>`.
  bool has_folder(const std::string& prefix) const;

 private:
  std::string root_;
  std::vector<Member> members_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace mpq::models::checkpoint
