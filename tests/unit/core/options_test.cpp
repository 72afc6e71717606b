#include "core/options.h"

#include <limits>

#include "tests/support/error_of.h"

namespace mpq {
namespace {

using testing::error_of;

struct Example {
  bool fast = false;
  int probes = 8;
  std::uint64_t seed = 1;
  double rate = 0.1;
  std::string tap = "norm_output";
  std::vector<int> widths{6, 4};

  template <class Visitor>
  void fields(Visitor& f) {
    f("fast", fast, "skip checks");
    f("probes", probes, "number of probes", "paper, section 3", AtLeast(1));
    f("seed", seed, "random stream");
    f("rate", rate, "learning rate", "this project", Within(0, 5));
    f("tap", tap, "where features are taken", "paper", {"norm_output", "after_activation"});
    f("widths", widths, "bit-widths");
  }
};

Example parse(const Json& given) { return parse_options<Example>(given, "quick.toml:7, method[0].options"); }

TEST(Options, DescribeNamesTypesDefaultsAndSources) {
  const auto options = describe_options<Example>();
  ASSERT_EQ(options.size(), 6u);
  std::vector<std::string> types;
  for (const auto& option : options) types.push_back(option.type);
  EXPECT_EQ(types, (std::vector<std::string>{"bool", "int", "int", "float", "string", "int list"}));
  EXPECT_EQ(options[1].default_value, 8);
  EXPECT_EQ(options[1].source, "paper, section 3");
  EXPECT_EQ(options[0].source, "this project");
}

TEST(Options, TheCatalogueGivesThemBack) {
  const auto options = describe_options<Example>();
  EXPECT_EQ(to_json(options_from_json(Json::parse(to_json(options).dump()))), to_json(options));
}

TEST(Options, DefaultsFillWhatIsNotGiven) {
  const auto parsed = parse({{"probes", 3}, {"widths", {2}}, {"tap", "after_activation"}, {"fast", true}});
  EXPECT_TRUE(parsed.fast);
  EXPECT_EQ(parsed.probes, 3);
  EXPECT_EQ(parsed.widths, std::vector<int>{2});
  EXPECT_EQ(parsed.tap, "after_activation");
  EXPECT_EQ(parsed.rate, 0.1);
  EXPECT_EQ(parse(nullptr).probes, 8);
}

TEST(Options, LimitsHoldAtBothEndsAndAreNamed) {
  EXPECT_EQ(parse({{"probes", 1}, {"rate", 5}}).probes, 1);
  const auto low = error_of([] { parse({{"probes", 0}}); }).parts();
  EXPECT_EQ(low.what, "'probes' is 0");
  EXPECT_EQ(low.expected, "at least 1 (default 8): number of probes");
  EXPECT_EQ(error_of([] {
              parse({{"rate", 5.5}});
            })
                .parts()
                .expected,
            "at least 0 and at most 5 (default 0.1): learning rate");
  EXPECT_EQ(error_of([] { parse({{"rate", -1e-9}}); }).parts().what, "'rate' is -1e-09");
}

TEST(Options, AnIntegerAndAFloatOfTheSameValueGiveTheSameKey) {
  const auto known = describe_options<Example>();
  const auto with = [&](const Json& rate) {
    return canonical(resolve_options(known, {{"rate", rate}}, "x"));
  };
  EXPECT_EQ(with(3), with(3.0));
  EXPECT_NE(with(3), with(4));
}

TEST(Options, AnUnknownKeyIsRefusedWithTheNearest) {
  EXPECT_STREQ(error_of([] {
                 parse({{"probez", 3}});
               }).what(),
               "error: unknown key 'probez'\n"
               "  where:    quick.toml:7, method[0].options\n"
               "  expected: fast, probes, seed, rate, tap, widths\n"
               "  fix:      did you mean 'probes'?");
  EXPECT_EQ(error_of([] { parse({{"temperature", 3}}); }).parts().fix, "remove it");
  EXPECT_EQ(error_of([] { resolve_options({}, {{"a", 1}}, "x"); }).parts().expected, "no keys here");
}

TEST(Options, AValueOfAnotherTypeIsRefused) {
  EXPECT_STREQ(error_of([] {
                 parse({{"probes", "many"}});
               }).what(),
               "error: 'probes' is \"many\", not of type int\n"
               "  where:    quick.toml:7, method[0].options\n"
               "  expected: int (default 8): number of probes\n"
               "  fix:      write a value of that type");
  for (const Json& given : std::vector<Json>{{{"fast", 1}},
                                             {{"probes", 1.5}},
                                             {{"rate", true}},
                                             {{"tap", 1}},
                                             {{"widths", 4}},
                                             {{"widths", {4, 2.5}}},
                                             {{"widths", {{"a", 1}}}},
                                             {{"rate", nullptr}}})
    EXPECT_EQ(error_of([&] { parse(given); }).exit_code(), 2) << given;
}

TEST(Options, OnlyATableHoldsOptions) {
  EXPECT_EQ(error_of([] { parse(Json::array({1})); }).parts().what, "options must be a table, not [1]");
}

TEST(Options, AWordOutsideTheChoicesIsRefusedWithTheNearest) {
  const auto error = error_of([] { parse({{"tap", "norm_outputs"}}); });
  EXPECT_EQ(error.parts().what, "'tap' cannot be 'norm_outputs'");
  EXPECT_EQ(error.parts().expected, "one of: norm_output, after_activation");
  EXPECT_EQ(error.parts().fix, "did you mean 'norm_output'?");
}

// JSON has no such numbers: they would all be hashed as null and share a key.
TEST(Options, NotANumberAndInfinityAreRefused) {
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    EXPECT_EQ(error_of([&] { parse({{"rate", value}}); }).parts().what, "'rate' is not a finite number");
}

TEST(Options, AnIntegerThatDoesNotFitItsMemberIsRefused) {
  EXPECT_EQ(error_of([] {
              parse({{"probes", std::int64_t{1} << 32}});
            })
                .parts()
                .what,
            "'probes' is 4294967296, outside the range of its type");
  EXPECT_EQ(error_of([] { parse({{"seed", -1}}); }).exit_code(), 2);
  EXPECT_EQ(error_of([] { parse({{"widths", {2, std::int64_t{1} << 40}}}); }).exit_code(), 2);
  EXPECT_EQ(parse({{"seed", std::numeric_limits<std::int64_t>::max()}}).seed, 0x7fffffffffffffffu);
}

}  // namespace
}  // namespace mpq
