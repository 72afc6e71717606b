#include "search/integer_program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.h"

namespace mpq::search {
namespace {

constexpr double kObjectiveTolerance = 1e-9;  // sums of at most 19 doubles of order 1

/// The slow definition: every combination.
IntegerSolution exhaustive(const IntegerProgram& program) {
  IntegerSolution best;
  best.objective = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> chosen(program.sites.size(), 0);
  for (;;) {
    double objective = 0;
    std::vector<std::int64_t> used(program.limits.size(), 0);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const auto& choice = program.sites[i][chosen[i]];
      objective += choice.objective;
      for (std::size_t r = 0; r < used.size(); ++r) used[r] += choice.use[r];
    }
    bool fits = true;
    for (std::size_t r = 0; r < used.size(); ++r) fits = fits && used[r] <= program.limits[r];
    if (fits && objective < best.objective) best = {true, objective, chosen};
    std::size_t i = 0;
    while (i < chosen.size() && ++chosen[i] == program.sites[i].size()) chosen[i++] = 0;
    if (i == chosen.size()) return best;
  }
}

IntegerProgram random_program(RandomStream stream, std::size_t resources) {
  IntegerProgram program;
  const auto sites = 1 + stream.below(6);
  std::vector<std::int64_t> least(resources, 0), most(resources, 0);
  for (std::uint32_t i = 0; i < sites; ++i) {
    auto& choices = program.sites.emplace_back();
    const auto options = 1 + stream.below(4);
    std::vector<std::int64_t> low(resources, std::numeric_limits<std::int64_t>::max()), high(resources, 0);
    for (std::uint32_t j = 0; j < options; ++j) {
      Choice choice{stream.uniform() * std::exp(6 * stream.uniform() - 3), {}};
      for (std::size_t r = 0; r < resources; ++r) {
        choice.use.push_back(stream.below(1000) * 3136);
        low[r] = std::min(low[r], choice.use[r]);
        high[r] = std::max(high[r], choice.use[r]);
      }
      choices.push_back(choice);
    }
    for (std::size_t r = 0; r < resources; ++r) least[r] += low[r], most[r] += high[r];
  }
  // From a little below the least use (infeasible) to all that can be used.
  for (std::size_t r = 0; r < resources; ++r)
    program.limits.push_back(
        least[r] - 3136 +
        static_cast<std::int64_t>(stream.uniform() * static_cast<double>(most[r] - least[r] + 6272)));
  return program;
}

TEST(IntegerProgramProperty, EqualsExhaustiveSearchOnTwelveHundredRandomInstances) {
  int infeasible = 0;
  for (std::uint64_t n = 0; n < 1200; ++n) {
    const auto program = random_program(RandomStream(7, "integer_program_test", n), 1 + n % 2);
    const auto expected = exhaustive(program);
    const auto got = solve(program);
    ASSERT_EQ(got.feasible, expected.feasible) << "instance " << n;
    infeasible += !expected.feasible;
    if (expected.feasible)
      ASSERT_NEAR(got.objective, expected.objective, kObjectiveTolerance) << "instance " << n;
  }
  EXPECT_GT(infeasible, 20) << "the instances must also try infeasible limits";
}

/// The other slow definition, for many sites and one resource: least objective by units used.
double by_dynamic_programming(const IntegerProgram& program, std::int64_t unit) {
  const auto limit = static_cast<std::size_t>(program.limits[0] / unit);
  std::vector<double> least(limit + 1, 0);
  for (const auto& choices : program.sites) {
    std::vector<double> next(limit + 1, std::numeric_limits<double>::infinity());
    for (const auto& choice : choices) {
      const auto use = static_cast<std::size_t>(choice.use[0] / unit);
      for (std::size_t u = use; u <= limit; ++u)
        next[u] = std::min(next[u], least[u - use] + choice.objective);
    }
    least = std::move(next);
  }
  return least[limit];
}

// Sensitivities as networks have them: a factor of 4 for each bit, sites decades apart. What the least sensitive sites
// add is then far below the largest objective, and still decides.
TEST(IntegerProgramProperty, FindsTheOptimumWhereSensitivitiesLieSixDecadesApart) {
  constexpr std::int64_t kUnit = 147'456;
  for (std::uint64_t n = 0; n < 100; ++n) {
    RandomStream stream(11, "integer_program_decades", n);
    IntegerProgram program;
    std::int64_t low = 0, high = 0;
    for (int site = 0; site < 18; ++site) {
      const auto macs = static_cast<std::int64_t>(1 + stream.below(16));
      const double sensitivity = std::pow(10, -6 * stream.uniform());
      auto& choices = program.sites.emplace_back();
      for (int bits = 2; bits <= 6; ++bits)
        choices.push_back({sensitivity * std::pow(4, 2 - bits) * (1 + 0.01 * stream.uniform()),
                           {kUnit * macs * bits * bits}});
      low += kUnit * macs * 4, high += kUnit * macs * 36;
    }
    program.limits = {low + static_cast<std::int64_t>(stream.uniform() * static_cast<double>(high - low))};
    const auto got = solve(program);
    ASSERT_TRUE(got.feasible) << "instance " << n;
    const double expected = by_dynamic_programming(program, kUnit);
    ASSERT_NEAR(got.objective, expected, 1e-11 + 1e-9 * expected) << "instance " << n;
  }
}

// The cheapest move per unit saved is not the best plan.
TEST(IntegerProgram, DoesNotFallForTheGreedyTrap) {
  const IntegerProgram program{{{{0.0, {10}}, {1.0, {0}}}, {{0.0, {10}}, {0.5, {4}}}}, {10}};
  EXPECT_NEAR(solve(program).objective, 1.0, kObjectiveTolerance);
}

TEST(IntegerProgram, RefusesAnObjectiveThatIsNotFinite) {
  EXPECT_ANY_THROW(solve({{{{std::nan(""), {1}}}}, {1}}));
}

/// The instance that HAWQ-V3's authors published for ResNet-18 (a notebook of github.com/Zhen-Dong/HAWQ):
/// Tr/n, ‖W − Q(W)‖² at 8 and 4 bits, MACs in units of 6,422,528 and weights in units of 4,096.
struct Row {
  double trace, error8, error4;
  std::int64_t macs, weights;
};
constexpr Row kHawq[] = {{0.06857826, 0.0235, 6.7430, 18, 9},    {0.03162379, 0.0125, 3.9691, 18, 9},
                         {0.03298575, 0.0102, 3.3281, 18, 9},    {0.01205663, 0.0082, 2.6796, 18, 9},
                         {0.02222431, 0.0145, 4.7277, 9, 18},    {0.00596336, 0.0344, 10.5966, 18, 36},
                         {0.06931772, 0.0023, 0.6827, 1, 2},     {0.00807129, 0.0287, 9.0942, 18, 36},
                         {0.00372905, 0.0148, 4.8857, 18, 36},   {0.00530698, 0.0333, 10.7599, 9, 72},
                         {0.00209011, 0.0682, 21.7546, 18, 144}, {0.00737569, 0.0027, 0.8603, 1, 8},
                         {0.00210454, 0.0448, 14.5324, 18, 144}, {0.00151197, 0.0336, 10.9651, 18, 144},
                         {0.00158041, 0.0576, 18.7706, 9, 288},  {0.00078146, 0.1130, 36.4044, 18, 576},
                         {0.00451841, 0.0102, 3.1572, 1, 32},    {0.00098745, 0.0947, 29.6994, 18, 576},
                         {0.00072944, 0.0532, 17.4016, 18, 576}};
constexpr std::pair<int, int> kTies[] = {{4, 6}, {9, 11}, {14, 16}};

/// Choice 0 is 8 bits, choice 1 is 4 bits. `by_size`: weights · bits, else MACs · bits².
IntegerProgram hawq_program(bool by_size, double fraction, bool tied) {
  IntegerProgram program;
  std::vector<int> owner(19, -1);
  for (int i = 0; i < 19; ++i) {
    int merged = -1;
    if (tied)
      for (const auto& [first, second] : kTies)
        if (second == i) merged = owner[static_cast<std::size_t>(first)];
    if (merged < 0) {
      merged = static_cast<int>(program.sites.size());
      program.sites.push_back({{0, {0}}, {0, {0}}});
    }
    owner[static_cast<std::size_t>(i)] = merged;
    const auto& row = kHawq[i];
    auto& choices = program.sites[static_cast<std::size_t>(merged)];
    choices[0].objective += row.trace * row.error8;
    choices[1].objective += row.trace * row.error4;
    choices[0].use[0] += by_size ? row.weights * 8 : row.macs * 64;
    choices[1].use[0] += by_size ? row.weights * 4 : row.macs * 16;
  }
  std::int64_t low = 0, high = 0;
  for (const auto& choices : program.sites) low += choices[1].use[0], high += choices[0].use[0];
  program.limits = {low + static_cast<std::int64_t>(std::floor(fraction * static_cast<double>(high - low)))};
  return program;
}

TEST(IntegerProgram, FindsThePublishedHawqOptima) {
  constexpr double kPrinted = 5e-7;  // six digits are printed
  const std::pair<double, double> by_size[] = {{0.25, 0.118300}, {0.50, 0.074506}, {0.75, 0.033441}};
  const std::pair<double, double> by_bitops[] = {{0.25, 0.460424}, {0.50, 0.215689}, {0.75, 0.079965}};
  for (const auto& [fraction, omega] : by_size)
    EXPECT_NEAR(solve(hawq_program(true, fraction, true)).objective, omega, kPrinted);
  for (const auto& [fraction, omega] : by_bitops)
    EXPECT_NEAR(solve(hawq_program(false, fraction, true)).objective, omega, kPrinted);
  EXPECT_NEAR(solve(hawq_program(false, 0.5, false)).objective, 0.201470, kPrinted);
  EXPECT_NEAR(solve(hawq_program(false, 0, true)).objective, 1.307713, kPrinted);
  EXPECT_NEAR(solve(hawq_program(false, 1, true)).objective, 0.004258, kPrinted);
}

// 25 pairs a site; optima found by dynamic programming outside of this project.
TEST(IntegerProgram, FindsTheOptimaOfTheTwentyFiveOptionProblem) {
  IntegerProgram program;
  for (const auto& row : kHawq) {
    auto& choices = program.sites.emplace_back();
    for (int w = 2; w <= 6; ++w)
      for (int a = 2; a <= 6; ++a)
        choices.push_back(
            {row.trace * row.error4 * (std::pow(4, 4 - w) + 0.5 * std::pow(4, 4 - a)), {row.macs * w * a}});
  }
  program.limits = {264 * 9};
  EXPECT_NEAR(solve(program).objective, 4.917165972, 1e-8);
  program.limits = {264 * 16};
  EXPECT_NEAR(solve(program).objective, 1.215041687, 1e-8);
}

}  // namespace
}  // namespace mpq::search
