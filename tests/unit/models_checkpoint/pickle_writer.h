#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mpq::testing {

/// `value` as its little-endian bytes.
template <class T>
std::string le(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

// The opcodes of a pickle of protocol 2, each as text to be put one after the other.
inline const std::string kBegin = "\x80\x02";
inline const std::string kEnd = ".";

inline std::string text(const std::string& content) {
  return std::string("X") + le(static_cast<std::uint32_t>(content.size())) + content;
}
inline std::string whole(std::int32_t value) { return std::string("J") + le(value); }
inline std::string global(const std::string& module, const std::string& name) {
  return std::string("c") + module + "\n" + name + "\n";
}
inline std::string tuple(const std::string& items) { return std::string("(") + items + "t"; }
inline std::string list(const std::string& items) { return std::string("](") + items + "e"; }
inline std::string dict(const std::string& pairs) { return std::string("}(") + pairs + "u"; }
inline std::string wholes(const std::vector<std::int32_t>& values) {
  std::string items;
  for (const auto value : values) items += whole(value);
  return tuple(items);
}

/// A tensor of _rebuild_tensor_v2; `view`: the sixth entry of the persistent id in the legacy layout.
struct TensorText {
  std::string storage = "FloatStorage", key = "0", view = "N";
  std::int32_t count = 6, offset = 0;
  std::vector<std::int32_t> sizes{2, 3}, strides{3, 1};
  std::string hooks = "}", metadata = "";  ///< a seventh argument, if not empty

  std::string str() const {
    const auto id =
        tuple(text("storage") + global("torch", storage) + text(key) + text("cpu") + whole(count) + view) +
        "Q";
    return global("torch._utils", "_rebuild_tensor_v2") +
           tuple(id + whole(offset) + wholes(sizes) + wholes(strides) + "\x89" + hooks + metadata) + "R";
  }
};

/// A checkpoint in the legacy layout around the pickle `object` (without protocol and STOP).
struct LegacyFile {
  std::string object;
  std::vector<std::pair<std::string, std::vector<float>>> storages{{"0", {1, 2, 3, 4, 5, 6}}};

  std::string str() const {
    std::string keys, data;
    for (const auto& [key, values] : storages) {
      keys += text(key);
      data += le(static_cast<std::int64_t>(values.size()));
      for (const auto value : values) data += le(value);
    }
    const std::string magic = std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);
    return kBegin + magic + kEnd + kBegin + whole(1001) + kEnd + kBegin +
           dict(text("little_endian") + "\x88") + kEnd + kBegin + object + kEnd + kBegin + list(keys) + kEnd +
           data;
  }
};

}  // namespace mpq::testing
