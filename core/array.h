#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.h"

namespace mpq {

/// Element types that travel between folders and files.
enum class Dtype { f32, f64, i8, u8, i16, i32, i64 };

std::size_t size_of(Dtype type);

template <class T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>)
    return Dtype::f32;
  else if constexpr (std::is_same_v<T, double>)
    return Dtype::f64;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return Dtype::i8;
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return Dtype::u8;
  else if constexpr (std::is_same_v<T, std::int16_t>)
    return Dtype::i16;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return Dtype::i32;
  else {
    static_assert(std::is_same_v<T, std::int64_t>);
    return Dtype::i64;
  }
}

/// A dense row-major array that owns its bytes: what stage files are made of. An empty shape is a scalar.
struct Array {
  Dtype dtype = Dtype::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;

  std::int64_t count() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }
  template <class T>
  static Array of(const std::vector<T>& values, std::vector<std::int64_t> shape_of) {
    Array array{dtype_of<T>(), std::move(shape_of), {}};
    require(array.count() == static_cast<std::int64_t>(values.size()),
            "an array's shape does not fit its values");
    array.bytes.resize(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
    return array;
  }
  template <class T>
  static Array of(const std::vector<T>& values) {
    return of(values, {static_cast<std::int64_t>(values.size())});
  }
  template <class T>
  std::vector<T> as() const {
    require(dtype == dtype_of<T>(), "an array is read as another type than it has");
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  bool operator==(const Array&) const = default;
};

}  // namespace mpq
