#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mpq::models::checkpoint {

static_assert(std::endian::native == std::endian::little, "checkpoints are read without swapping bytes");

/// The bytes of a checkpoint, read piece by piece, so that a size costs nothing before it is checked.
class ByteSource {
 public:
  /// Opens a regular file. Throws Error(input).
  explicit ByteSource(const std::string& path);
  /// Bytes that the caller keeps alive.
  ByteSource(std::string_view bytes, std::string name);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  /// Copies [offset, offset + count), which the caller has checked against size().
  /// Throws Error(input) if the file has become shorter.
  void read(std::uint64_t offset, std::size_t count, void* into) const;
  std::string text(std::uint64_t offset, std::size_t count) const;
  template <class T>
  T number(std::uint64_t offset) const {
    T value;
    read(offset, sizeof value, &value);
    return value;
  }

 private:
  std::string name_;
  std::string_view memory_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// A little-endian number at `offset` of `bytes`, which the caller has checked to be there.
template <class T>
T load(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

inline constexpr std::string_view kGetAgain =
    "get the file again from its source; this copy is damaged or was tampered with";
inline constexpr std::string_view kSaveWeights =
    "save the weights alone: torch.save(model.state_dict(), FILE), or a .safetensors file";

/// Throws Error(input).
[[noreturn]] void refuse(const std::string& what, const std::string& where, const std::string& expected,
                         std::string_view fix = kGetAgain);

/// Text of a stranger's file for a message: in quotes, printable, at most 200 bytes.
std::string shown(std::string_view text);

/// "[3, 4]"
template <class Sizes>
std::string shape_text(const Sizes& sizes) {
  std::string text = "[";
  for (const auto size : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

bool valid_utf8(std::string_view text);

}  // namespace mpq::models::checkpoint
