#include "core/json.h"

#include <gmock/gmock.h>

#include "tests/support/error_of.h"

namespace mpq {
namespace {

using testing::error_of;
using ::testing::StartsWith;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Canonical, SortsKeysAndLeavesOutBlanks) {
  EXPECT_EQ(canonical(parse_json(R"({"b": [1, 2.5], "a": {"d": true, "c": null}})", "x")),
            R"({"a":{"c":null,"d":true},"b":[1,2.5]})");
}

TEST(Canonical, NumbersComeBackExactly) {
  for (const double value : {0.1, 1.0 / 3, 1e-300, 3.0, -0.0, 5e-324, 1.7976931348623157e308})
    EXPECT_EQ(parse_json(canonical(Json(value)), "x").get<double>(), value);
  EXPECT_EQ(parse_json("9223372036854775807", "x").get<std::int64_t>(), 9223372036854775807);
}

TEST(ParseJson, AcceptsNestingUpTo64) { EXPECT_NO_THROW(parse_json(nested(64), "x")); }

TEST(ParseJson, RefusesDeeperNestingOfArraysAndObjects) {
  EXPECT_STREQ(error_of([] { parse_json(nested(65), "stage.json"); }).what(),
               "error: JSON nested deeper than 64\n"
               "  where:    stage.json\n"
               "  expected: a flat description\n"
               "  fix:      make the file again");
  std::string objects;
  for (int i = 0; i < 65; ++i) objects += R"({"a":)";
  EXPECT_THAT(error_of([&] { parse_json(objects, "x"); }).parts().what, StartsWith("JSON nested deeper"));
  EXPECT_THAT(error_of([] { parse_json(std::string(1000000, '['), "x"); }).parts().what,
              StartsWith("JSON nested deeper"));
}

TEST(ParseJson, NamesThePlaceOfAFault) {
  const auto error = error_of([] { parse_json("{\"a\": 1,\n \"b\" 2}", "stage.json"); });
  EXPECT_EQ(error.exit_code(), 2);
  EXPECT_EQ(error.parts().where, "stage.json");
  EXPECT_THAT(error.parts().what, ::testing::HasSubstr("line 2, column 6"));
  for (const auto* text : {"", "{", "[1,]", "nul", "\"\xff\"", "{} x"})
    EXPECT_THAT(error_of([&] { parse_json(text, "x"); }).parts().what, StartsWith("not valid JSON")) << text;
}

}  // namespace
}  // namespace mpq
