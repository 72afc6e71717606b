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

TEST(TomlFile, LiesOverDefaultsKeyByKey) {
  auto file = TomlFile::parse("seeds = [2]\n[recipe]\nlr = 1\n", "study.toml");
  file.lay_over(
      TomlFile::parse("seeds = [1, 3]\nthreads = 4\n[recipe]\nlr = 2\nepochs = 9\n[recipe.deep]\nx = "
                      "1\n[[method]]\nname = \"a\"\n",
                      "recipe.toml"));
  EXPECT_EQ(
      file.json(),
      Json::parse(
          R"({"seeds":[2],"threads":4,"recipe":{"lr":1,"epochs":9,"deep":{"x":1}},"method":[{"name":"a"}]})"));
  EXPECT_EQ(file.where("/recipe/lr"), "study.toml:3, recipe.lr");
  EXPECT_EQ(file.where("/recipe/epochs"), "recipe.toml:5, recipe.epochs");
  EXPECT_EQ(file.where("/recipe/deep/x"), "recipe.toml:7, recipe.deep.x");
  EXPECT_EQ(file.where("/method/0/name"), "recipe.toml:9, method[0].name");
  EXPECT_EQ(file.where("/seeds/1"), "study.toml:1, seeds[1]");
  EXPECT_THAT(file.text(), HasSubstr("# defaults from recipe.toml:\nseeds = [1, 3]"));
}

TEST(TomlFile, FindsFilesBesideItselfAndThenBelowOtherFolders) {
  const testing::TempFolder folder;
  make_folders(folder / "studies");
  make_folders(folder / "data/weights");
  write_whole(folder / "studies/s.toml", "a = 1\n");
  write_whole(folder / "data/weights/w.pth", "there");
  auto file = TomlFile::read(folder / "studies/s.toml");
  EXPECT_EQ(file.find_file("weights/w.pth"), "");
  file.look_also_in(folder / "data");
  EXPECT_EQ(read_file(file.find_file("weights/w.pth")), "there");
  make_folders(folder / "studies/weights");
  write_whole(folder / "studies/weights/w.pth", "here");
  EXPECT_EQ(read_file(file.find_file("weights/w.pth")), "here");
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
