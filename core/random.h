#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>
#include <vector>

namespace mpq {

/// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
/// numbers: as easy as 1, 2, 3", SC 2011). A stream is named by (seed, purpose) and addressed by
/// two indices, so that a draw depends on what it is for and never on what was drawn before it,
/// on the order of work or on the number of threads.
class RandomStream {
 public:
  /// `purpose` names the use ("augment", "policy", …); `a`, `b` address it (epoch, image, …).
  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a = 0, std::uint64_t b = 0);

  std::uint32_t next_u32() {
    if (used_ == 4) refill();
    return block_[used_++];
  }
  std::uint64_t next_u64() {
    const std::uint64_t high = next_u32();
    return high << 32 | next_u32();
  }
  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }
  /// Uniform in {0, …, n − 1}, n >= 1, without bias.
  std::uint32_t below(std::uint32_t n);
  /// Standard normal (Box-Muller, one of the pair is dropped so that draws stay addressable).
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  void refill();

  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> counter_{};  // [block, low half of a, low half of b, mixed]
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// One Philox4x32-10 block; exposed for the test against the published vectors.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// A permutation of {0, …, n − 1} (Fisher-Yates on the stream).
std::vector<std::int32_t> permutation(std::int64_t n, RandomStream stream);

}  // namespace mpq
