// Every reader of strangers' files, without a fuzzer: its seeds are read, then each seed damaged in some hundred ways
// that do not change from run to run, then what fuzzing has found (tests/fuzz/found/TARGET/).

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/file.h"
#include "core/random.h"
#include "tests/fuzz/target.h"

namespace mpq::fuzz {
namespace {

constexpr int kDamages = 300, kDamagesOfHostile = 20;
constexpr std::size_t kMostBytes = std::size_t{1} << 13;

/// One of: a bit turned, a byte or four of an extreme value, a part left out, repeated or cut off.
std::string damaged(const std::string& seed, RandomStream random) {
  auto bytes = seed;
  const auto place = [&] { return random.below(static_cast<std::uint32_t>(bytes.size())); };
  for (auto times = 1 + random.below(3); times > 0 && !bytes.empty(); --times) {
    const auto at = place();
    const auto length = std::min<std::size_t>(1 + random.below(16), bytes.size() - at);
    switch (random.below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        bytes.replace(at, std::min<std::size_t>(4, bytes.size() - at),
                      random.below(2) ? "\xff\xff\xff\x7f" : "\xff\xff\xff\xff");
        break;
      case 3:
        bytes.erase(at, length);
        break;
      case 4:
        bytes.insert(at, bytes.substr(at, length));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

class Readers : public ::testing::TestWithParam<std::string> {};

TEST_P(Readers, RefuseOrReadEveryDamagedSeed) {
  const auto& target = find_target(GetParam());
  const auto seeds = all_seeds(target, kMostBytes);
  ASSERT_FALSE(seeds.empty());
  for (std::size_t s = 0; s < seeds.size(); ++s) {
    ASSERT_NO_THROW(try_read(target, seeds[s])) << "seed " << s;
    const int damages = s < target.seeds().size() ? kDamages : kDamagesOfHostile;
    for (int i = 0; i < damages; ++i) {
      const auto bytes = damaged(seeds[s], {1, "damage", s, static_cast<std::uint64_t>(i)});
      ASSERT_NO_THROW(try_read(target, bytes)) << "seed " << s << ", damage " << i;
    }
  }
}

TEST_P(Readers, ReadTheirOwnSeeds) {
  const auto& target = find_target(GetParam());
  for (const auto& seed : target.seeds()) EXPECT_NO_THROW(target.read(seed));
}

TEST_P(Readers, SurviveWhatFuzzingHasFound) {
  const auto folder = std::filesystem::path(MPQ_SOURCE_DIR) / "tests/fuzz/found" / GetParam();
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(folder, none))
    EXPECT_NO_THROW(try_read(find_target(GetParam()), read_file(file.path().string()))) << file.path();
}

INSTANTIATE_TEST_SUITE_P(All, Readers, ::testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto& target : targets()) names.push_back(target.name);
                           return names;
                         }()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace mpq::fuzz
