// What TomlFile promises: values as JSON, places as file:line, and nothing worse than an Error for any bytes.

#include "harness/toml_file.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "tests/support/temp_folder.h"

namespace mpq::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string complaint(const std::string& text) {
  try {
    TomlFile::parse(text, "a.toml");
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::input);
    return e.what();
  }
  return "no error";
}

TEST(TomlFile, KeepsEveryKindOfValue) {
  const auto file =
      TomlFile::parse("a = 1\nb = 2.5\nc = true\nd = \"x\"\ne = [1, 2]\n[f]\ng = -3\n", "a.toml");
  EXPECT_EQ(file.json(), Json::parse(R"({"a":1,"b":2.5,"c":true,"d":"x","e":[1,2],"f":{"g":-3}})"));
}

TEST(TomlFile, KnowsTheLineOfEveryKey) {
  const auto file = TomlFile::parse(
      "a = 1\n\n[[method]]\nname = \"x\"\noptions = { k = [1,\n 2] }\n[[method]]\nname = \"y\"\n", "a.toml");
  EXPECT_EQ(file.where("/a"), "a.toml:1, a");
  EXPECT_EQ(file.where("/method/0/name"), "a.toml:4, method[0].name");
  EXPECT_EQ(file.where("/method/0/options/k/1"), "a.toml:6, method[0].options.k[1]");
  EXPECT_EQ(file.where("/method/1"), "a.toml:7, method[1]");
}

TEST(TomlFile, NamesTheTableAroundAMissingKey) {
  const auto file = TomlFile::parse("a = 1\n\n[pretrain]\nseed = 1\n", "a.toml");
  EXPECT_EQ(file.where("/pretrain/epochs"), "a.toml:3, pretrain.epochs");
  EXPECT_EQ(file.where("/name"), "a.toml, name");
}

TEST(TomlFile, SaysWhereTheSyntaxIsWrong) {
  EXPECT_THAT(complaint("a = 1\nb = = 2\n"), StartsWith("error: not valid TOML: "));
  EXPECT_THAT(complaint("a = 1\nb = = 2\n"), HasSubstr("\n  where:    a.toml:2:5\n"));
}

TEST(TomlFile, RefusesARepeatedKeyADateAndInfinity) {
  EXPECT_THAT(complaint("a = 1\na = 2\n"), HasSubstr("where:    a.toml:2:"));
  EXPECT_EQ(complaint("a = 1\nb = 2024-01-01\n"),
            "error: a date or time\n  where:    a.toml:2:5\n  expected: text, a finite number, true, false, "
            "a list or a "
            "table\n  fix:      put it in quotes");
  EXPECT_THAT(complaint("b = inf\n"),
              StartsWith("error: a number that is not finite\n  where:    a.toml:1:5\n"));
}

TEST(TomlFile, RefusesDeepNesting) {
  EXPECT_THAT(complaint("a = " + std::string(17, '[') + std::string(17, ']')),
              StartsWith("error: nested deeper than 16\n"));
  EXPECT_THAT(complaint("a = " + std::string(5000, '[')), StartsWith("error: not valid TOML: "));
}

TEST(TomlFile, RefusesAHugeFile) {
  const testing::TempFolder folder;
  write_whole(folder / "big.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_THROW(TomlFile::read(folder / "big.toml"), Error);
}

// Any change of a byte gives a study or an Error, never another exception or a crash.
TEST(TomlFileProperty, SurvivesEveryDamagedByte) {
  const std::string good =
      "schema = 1\nname = \"q\"\n[[method]]\nname = \"lsq\"\noptions = { a = [1, 2.5] }\n";
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char byte : {'\0', '"', '[', ']', '=', '\n', '\xff', '9', 'e'}) {
      auto bad = good;
      bad[i] = byte;
      try {
        TomlFile::parse(bad, "a.toml").where("/method/0/options");
      } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::input);
      }
    }
}

}  // namespace
}  // namespace mpq::harness
