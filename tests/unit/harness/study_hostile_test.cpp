// The hostile list's studies: each refused as it is, and its mistake made again in a study of our own schema.

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>

#include "core/error.h"
#include "harness/study.h"
#include "tests/support/error_of.h"
#include "tests/support/hostile_list.h"
#include "tests/unit/harness/catalogue.h"

namespace mpq::harness {
namespace {

using ::testing::HasSubstr;

constexpr double kMostSeconds = 2;

const std::string kGood = R"(schema = 1
name = "quick"
networks = ["resnet8"]
budgets = ["w3a3"]
seeds = [1]

[dataset]
name = "synthetic"

[pretrain]
seed = 7

[[method]]
name = "lsq"
)";

/// kGood with `from` replaced by `to`.
std::string with(const std::string& from, const std::string& to) {
  auto text = kGood;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

std::string repeated(const std::string& piece, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += piece;
  return all;
}

/// A study of ours with the mistake of a file of the list, and what its message has to hold.
struct Mistake {
  std::string file, text, message;
};

std::vector<Mistake> mistakes() {
  const std::string syntax = "not valid TOML: ", seeds = "seeds = [1]";
  return {
      {"key_unknown", with("networks", "colour = 1\nnetworks"),
       "unknown key 'colour'\n  where:    quick.toml:3, colour\n"},
      {"key_misspelt", with("seeds", "seedz"), "did you mean 'seeds'?"},
      {"table_unknown", kGood + "[nonsense]\na = 1\n", "unknown key 'nonsense'"},
      {"type_text", with(seeds, "seeds = \"1\""), "'seeds' is \"1\""},
      {"type_mixed", with(seeds, "seeds = [1, \"a\"]"), "'seeds' is [1,\"a\"]"},
      {"type_table", with("\"quick\"", "{ a = 1 }"), "'name' is {\"a\":1}"},
      {"type_bool", with("\"quick\"", "true"), "'name' is true"},
      {"key_twice", with(seeds, seeds + "\n" + seeds), syntax},
      {"table_twice", with("[[method]]", "[pretrain]\nepochs = 1\n\n[[method]]"), syntax},
      {"value_missing", with("networks = [\"resnet8\"]", "networks ="), "where:    quick.toml:"},
      {"string_open", with("\"quick\"", "\"quick"), syntax},
      {"not_utf8", with("quick", "qu\xff\xfe"), syntax},
      {"seed_negative", with(seeds, "seeds = [-1]"), "'seeds' is [-1]"},
      {"seed_overflow", with(seeds, "seeds = [99999999999999999999999]"), syntax},
      {"name_path", with("quick", "../../quick"), "'../../quick' cannot name a study"},
      {"name_nul", with("quick", "a\\u0000b"), "'a\\x00b' cannot name a study"},
      {"empty", "", "expected: schema = 1, a name, networks or [[network]], [dataset]"},
      {"json", "{\"schema\": 1, \"name\": \"quick\"}\n", syntax},
      {"yaml", "schema: 1\nname: quick\n", syntax},
      {"arrays_nested", with(seeds, "seeds = " + repeated("[", 200'000) + repeated("]", 200'000)), syntax},
      {"tables_nested", kGood + "[recipe" + repeated(".a", 20'000) + "]\n", "nested deeper than 16"},
      {"inline_nested", with("\"quick\"", repeated("{a=", 20'000) + "1" + repeated("}", 20'000)), syntax},
      {"array_open", with(seeds, "seeds = " + repeated("[", 50'000)), syntax},
      {"binary", std::string("\x00\x01\x7f\x80\xfe\xff\x1b[2J\x00", 11), syntax},
  };
}

Error refusal(const std::string& text) {
  return testing::error_of([&] { read_study(TomlFile::parse(text, "quick.toml"), catalogue()); });
}

void expect_clear(const Error& error) {
  EXPECT_EQ(error.kind(), ErrorKind::input);
  const auto& parts = error.parts();
  EXPECT_FALSE(parts.what.empty() || parts.where.empty() || parts.expected.empty() || parts.fix.empty())
      << error.what();
  EXPECT_LT(std::string(error.what()).size(), 4000U) << "a message is not the file";
}

TEST(HostileStudy, TheStudyWithoutAMistakeIsRead) {
  EXPECT_NO_THROW(read_study(TomlFile::parse(kGood, "quick.toml"), catalogue()));
}

TEST(HostileStudy, EveryMistakeIsRefusedInOurOwnSchema) {
  for (const auto& mistake : mistakes()) {
    SCOPED_TRACE(mistake.file);
    const auto start = std::chrono::steady_clock::now();
    const auto error = refusal(mistake.text);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    expect_clear(error);
    EXPECT_THAT(error.what(), HasSubstr(mistake.message));
    EXPECT_LT(seconds.count(), kMostSeconds);
  }
}

TEST(HostileStudy, EveryFileOfTheListIsRefused) {
  const auto lines = testing::hostile_lines({"study"});
  if (lines.empty()) GTEST_SKIP() << "no hostile files: set MPQ_DATA to the data folder";
  const auto ours = mistakes();
  for (const auto& line : lines) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    ASSERT_EQ(line.expectation, "refuse");
    const auto path = testing::hostile_folder() + "/" + line.file;
    const auto start = std::chrono::steady_clock::now();
    const auto error = testing::error_of([&] { read_study(read_study_file(path, ""), catalogue()); });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    expect_clear(error);
    EXPECT_THAT(error.parts().where, HasSubstr(path));
    EXPECT_LT(seconds.count(), kMostSeconds);
    const auto stem = std::filesystem::path(line.file).stem().string();
    const bool made = std::any_of(ours.begin(), ours.end(), [&](const auto& m) { return m.file == stem; });
    if (!made) std::cout << "not made in a study of our own: " << line.file << ", " << line.fault << '\n';
  }
}

}  // namespace
}  // namespace mpq::harness
