#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace mpq {
namespace {

using Block = std::array<std::uint32_t, 4>;

// "philox 4x32 10" in kat_vectors of the Random123 library (Salmon et al., SC 2011).
TEST(Philox, EqualsThePublishedVectors) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, IsTheSameForTheSameName) {
  RandomStream one(7, "augment", 3, 11), two(7, "augment", 3, 11);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next_u32(), two.next_u32());
}

TEST(RandomStream, EveryPartOfItsNameMatters) {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;
  std::vector<RandomStream> streams{
      {1, "order", 0, 0}, {2, "order", 0, 0}, {kHigh + 1, "order", 0, 0}, {1, "augment", 0, 0},
      {1, "order", 1, 0}, {1, "order", 0, 1}, {1, "order", kHigh, 0},     {1, "order", 0, kHigh},
      {1, "order", 1, 1}, {1, "", 0, 0}};
  std::set<std::uint64_t> first;
  for (auto& stream : streams) first.insert(stream.next_u64());
  EXPECT_EQ(first.size(), streams.size());
}

TEST(RandomStream, NeighbouringAddressesShareNoDraw) {
  std::set<std::uint32_t> seen;
  for (std::uint64_t a = 0; a < 30; ++a)
    for (std::uint64_t b = 0; b < 30; ++b) {
      RandomStream stream(1, "x", a, b);
      for (int i = 0; i < 4; ++i) seen.insert(stream.next_u32());
    }
  // 3600 draws from 2^32 values: 0.0015 coincidences are expected.
  EXPECT_GE(seen.size(), 3599u);
}

TEST(RandomStream, UniformLiesInTheUnitIntervalWithTheRightMoments) {
  RandomStream stream(1, "uniform");
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    squares += u * u;
  }
  // Standard errors of the two means: sqrt(1/12/1e5) = 0.0009 and sqrt(4/45/1e5) = 0.0009; 5 of them.
  EXPECT_NEAR(sum / kDraws, 0.5, 0.0046);
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.0047);
}

TEST(RandomStream, NormalHasMeanZeroAndDeviationOne) {
  RandomStream stream(1, "normal");
  constexpr int kDraws = 100000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = stream.normal();
    sum += z;
    squares += z * z;
  }
  // Standard errors: 1/sqrt(1e5) = 0.0032 and sqrt(2/1e5) = 0.0045; 5 of them.
  EXPECT_NEAR(sum / kDraws, 0, 0.016);
  EXPECT_NEAR(squares / kDraws, 1, 0.023);
}

TEST(RandomStream, BelowStaysBelowAndIsEven) {
  for (const std::uint32_t n : {1u, 2u, 3u, 7u, 10u, 255u}) {
    RandomStream stream(1, "below", n);
    std::vector<int> counts(n, 0);
    const int draws = 2000 * static_cast<int>(n);
    for (int i = 0; i < draws; ++i) {
      const auto value = stream.below(n);
      ASSERT_LT(value, n);
      ++counts[value];
    }
    // 2000 expected in every bin, deviation at most 45: six of them.
    for (const int count : counts) EXPECT_NEAR(count, 2000, 270) << "n = " << n;
  }
}

// Without rejection, n = 3·2^30 would draw multiples of 3 twice as often as other numbers.
TEST(RandomStream, BelowIsUnbiasedForBoundsNearTheRangeOfItsWords) {
  constexpr std::uint32_t kBound = 3u << 30;
  RandomStream stream(1, "bias");
  std::array<int, 3> counts{};
  for (int i = 0; i < 30000; ++i) ++counts[stream.below(kBound) % 3];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 6 * 82);  // deviation sqrt(30000·2/9) = 82
}

TEST(PermutationProperty, HoldsEveryNumberOnce) {
  for (const std::int64_t n : {0, 1, 2, 3, 10, 1000, 50000}) {
    auto order = permutation(n, RandomStream(5, "order", static_cast<std::uint64_t>(n)));
    ASSERT_EQ(static_cast<std::int64_t>(order.size()), n);
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
  }
}

TEST(PermutationProperty, AllOrdersAreEquallyLikely) {
  constexpr int kDraws = 24000;
  std::map<std::vector<std::int32_t>, int> counts;
  for (std::uint64_t i = 0; i < kDraws; ++i) ++counts[permutation(4, RandomStream(1, "four", i))];
  EXPECT_EQ(counts.size(), 24u);
  for (const auto& [order, count] : counts)
    EXPECT_NEAR(count, 1000, 6 * 31);  // deviation sqrt(1000·23/24) = 31
}

}  // namespace
}  // namespace mpq
