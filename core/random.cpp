#include "core/random.h"

#include <numeric>
#include <utility>

namespace mpq {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
  constexpr std::uint64_t kMul0 = 0xD2511F53, kMul1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = kMul0 * c[0], p1 = kMul1 * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k = {k[0] + kWeyl0, k[1] + kWeyl1};
  }
  return c;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a, std::uint64_t b) {
  std::uint64_t name = 0xcbf29ce484222325;  // FNV-1a of the purpose
  for (const char ch : purpose) name = (name ^ static_cast<unsigned char>(ch)) * 0x100000001b3;
  // Philox itself mixes seed, name and the high words into the key: no two streams share one by accident.
  const auto mixed = philox4x32({static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32),
                                 static_cast<std::uint32_t>(a >> 32), static_cast<std::uint32_t>(b >> 32)},
                                {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  key_ = {mixed[0], mixed[1]};
  counter_ = {0, static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b), mixed[2]};
}

void RandomStream::refill() {
  block_ = philox4x32(counter_, key_);
  ++counter_[0];
  used_ = 0;
}

std::uint32_t RandomStream::below(std::uint32_t n) {
  const std::uint32_t reject_below = (0u - n) % n;  // Lemire: the part of the range that would bias
  for (;;) {
    const std::uint64_t product = static_cast<std::uint64_t>(next_u32()) * n;
    if (static_cast<std::uint32_t>(product) >= reject_below) return static_cast<std::uint32_t>(product >> 32);
  }
}

std::vector<std::int32_t> permutation(std::int64_t n, RandomStream stream) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[stream.below(static_cast<std::uint32_t>(i))]);
  return order;
}

}  // namespace mpq
