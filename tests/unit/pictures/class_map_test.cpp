#include "datasets/class_map.h"

#include <gmock/gmock.h>

#include "core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/hostile_list.h"

namespace mpq::datasets {
namespace {

using ::testing::HasSubstr;

TEST(ClassMap, AListNumbersItsLinesAndPairsKeepTheirNumbers) {
  const auto list = parse_class_map("cat\r\ndog\n", "m");
  EXPECT_EQ(list.index, (std::map<std::string, std::int32_t>{{"cat", 0}, {"dog", 1}}));
  EXPECT_EQ(list.classes, 2);
  const auto pairs = parse_class_map("cat\t7\ndog\t3\n\n", "m");
  EXPECT_EQ(pairs.index, (std::map<std::string, std::int32_t>{{"cat", 7}, {"dog", 3}}));
  EXPECT_EQ(pairs.classes, 8);
}

TEST(ClassMap, MessagesNameTheLine) {
  const auto where = [](const std::string& text) {
    return testing::error_of([&] { parse_class_map(text, "map.txt"); }).parts();
  };
  EXPECT_THAT(where("a\nb\na\n").what, HasSubstr("class 'a' for the second time (first on line 1)"));
  EXPECT_EQ(where("a\nb\na\n").where, "map.txt, line 3");
  EXPECT_THAT(where("a\t1\nb\t1\n").what, HasSubstr("index 1 for the second time"));
  EXPECT_THAT(where("a\t-1\n").what, HasSubstr("'-1' is no class index"));
  EXPECT_THAT(where("a\n../b\n").what, HasSubstr("'../b' could lead to another folder"));
  EXPECT_THAT(where("a\n\nb\n").what, HasSubstr("a class without a name"));
}

// Lists of 1,001 names begin with "background": their indices do not fit a network of 1,000 classes.
TEST(ClassMap, AListLongerThanTheClassesIsRefused) {
  std::string names;
  for (int i = 0; i < 1000; ++i) names += "n" + std::to_string(i) + "\n";
  EXPECT_EQ(parse_class_map(names, "list.txt", 1000).classes, 1000);
  const auto parts =
      testing::error_of([&] { parse_class_map("background\n" + names, "list.txt", 1000); }).parts();
  EXPECT_EQ(parts.what, "the list has 1001 names");
  EXPECT_EQ(parts.where, "list.txt");
  EXPECT_THAT(parts.fix, HasSubstr("background"));
}

TEST(ClassMap, EveryHostileFileGetsItsVerdict) {
  const auto list = testing::hostile_lines({"class_map"});
  if (list.empty()) GTEST_SKIP() << "no hostile files: set MPQ_DATA to the data folder";
  for (const auto& line : list) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    const auto parse = [&] {
      return parse_class_map(read_file(testing::hostile_folder() + "/" + line.file), line.file);
    };
    if (line.expectation == "accept")
      EXPECT_EQ(line.detail, "classes=" + std::to_string(parse().index.size()));
    else
      EXPECT_EQ(testing::error_of(parse).exit_code(), 2);
  }
}

}  // namespace
}  // namespace mpq::datasets
