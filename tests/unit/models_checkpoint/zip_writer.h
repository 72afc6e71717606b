#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/models_checkpoint/pickle_writer.h"

namespace mpq::testing {

/// CRC-32, a bit at a time, as its definition says.
inline std::uint32_t crc_of(const std::string& bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
  }
  return ~crc;
}

/// A zip archive of stored members, with the variations that writers of checkpoints show.
struct ZipFile {
  std::vector<std::pair<std::string, std::string>> members;
  bool sizes_follow = false;    ///< sizes and checksum behind the data (PyTorch)
  bool wide_sizes = false;      ///< sizes in the 64-bit extra field (Python's zipfile with force_zip64)
  bool wide_end = false;        ///< a 64-bit end record (PyTorch)
  std::string padding = {};     ///< an extra field "FB" with this content before the data (PyTorch)
  std::string gap = {};         ///< bytes between the members
  std::string comment = {};     ///< behind the end record
  std::string local_name = {};  ///< what the local headers say instead of the name
  std::uint32_t crc_error = 0;
  /// Members that only the directory names: their local headers are in the data of another.
  std::vector<std::pair<std::string, std::string>> hidden = {};

  std::string str() const {
    std::string bytes, directory;
    for (const auto& [name, data] : members) {
      const auto begin = bytes.size();
      bytes += local(name, data) + data;
      if (sizes_follow) bytes += "PK\7\10" + numbers(data);
      bytes += gap;
      directory += entry(name, data, begin);
    }
    for (const auto& [name, data] : hidden) directory += entry(name, data, bytes.find(local(name, data)));
    return bytes + directory + end(bytes.size(), directory.size()) + comment;
  }

  /// The local header of a member.
  std::string local(const std::string& real_name, const std::string& data) const {
    const auto& name = local_name.empty() ? real_name : local_name;
    const auto field = extra(data, false);
    return "PK\3\4" + le(std::uint16_t{45}) + flags() + std::string(6, '\0') + sizes(data, false) +
           le(static_cast<std::uint16_t>(name.size())) + le(static_cast<std::uint16_t>(field.size())) + name +
           field;
  }

  /// The members of a checkpoint around the pickle `object` with storage 0 = 1, 2, …, 6.
  static ZipFile checkpoint(const std::string& object) {
    std::string data;
    for (int i = 1; i <= 6; ++i) data += le(static_cast<float>(i));
    return {
        {{"archive/data.pkl", kBegin + object + kEnd}, {"archive/data/0", data}, {"archive/version", "3\n"}}};
  }

 private:
  std::string numbers(const std::string& data) const {
    const auto size = le(static_cast<std::uint32_t>(data.size()));
    return le(crc_of(data) ^ crc_error) + size + size;
  }
  std::string sizes(const std::string& data, bool in_directory) const {
    if (sizes_follow && !in_directory) return std::string(12, '\0');
    if (wide_sizes) return le(crc_of(data) ^ crc_error) + std::string(8, '\xff');
    return numbers(data);
  }
  std::string extra(const std::string& data, bool in_directory) const {
    std::string field;
    if (!padding.empty() && !in_directory)
      field = "FB" + le(static_cast<std::uint16_t>(padding.size())) + padding;
    const auto size = le(static_cast<std::uint64_t>(data.size()));
    if (wide_sizes && (in_directory || !sizes_follow))
      field += le(std::uint16_t{1}) + le(std::uint16_t{16}) + size + size;
    return field;
  }
  std::string flags() const { return le(static_cast<std::uint16_t>(0x800 | (sizes_follow ? 8 : 0))); }
  std::string entry(const std::string& name, const std::string& data, std::size_t begin) const {
    const auto field = extra(data, true);
    return "PK\1\2" + le(std::uint16_t{45}) + le(std::uint16_t{45}) + flags() + std::string(6, '\0') +
           sizes(data, true) + le(static_cast<std::uint16_t>(name.size())) +
           le(static_cast<std::uint16_t>(field.size())) + std::string(10, '\0') +
           le(static_cast<std::uint32_t>(begin)) + name + field;
  }
  std::string end(std::size_t begin, std::size_t size) const {
    const auto count = le(static_cast<std::uint64_t>(members.size() + hidden.size()));
    std::string record;
    if (wide_end) {
      record = "PK\6\6" + le(std::uint64_t{44}) + le(std::uint32_t{45}) + std::string(8, '\0') + count +
               count + le(static_cast<std::uint64_t>(size)) + le(static_cast<std::uint64_t>(begin));
      record += "PK\6\7" + le(std::uint32_t{0}) + le(static_cast<std::uint64_t>(begin + size)) +
                le(std::uint32_t{1});
    }
    const auto few = le(static_cast<std::uint16_t>(members.size() + hidden.size()));
    return record + "PK\5\6" + std::string(4, '\0') + few + few + le(static_cast<std::uint32_t>(size)) +
           le(static_cast<std::uint32_t>(begin)) + le(static_cast<std::uint16_t>(comment.size()));
  }
};

}  // namespace mpq::testing
