#include "analysis/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace mpq::analysis {
namespace {

using ::testing::HasSubstr;

std::string where_of_error(const std::string& text) {
  try {
    parse_csv(text, "x.csv");
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::input);
    return e.parts().where + " | " + e.parts().what;
  }
  ADD_FAILURE() << "no error for " << text;
  return "";
}

TEST(Csv, KnowsCellsByTheirColumn) {
  const auto records = parse_csv("a,b\n1,2\n3,\n", "x.csv");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].cells.at("a"), "1");
  EXPECT_EQ(records[1].cells.at("b"), "");
  EXPECT_EQ(records[1].line, 3);
}

TEST(Csv, UnderstandsQuotesCommentsAndOtherLineEnds) {
  const auto records = parse_csv(
      "\xef\xbb\xbf# a comment\r\n\r\na, b \r\n\"x, \"\"y\"\"\nz\", 2 \r\n  # more\r\nlast,\"\"", "x.csv");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].cells.at("a"), "x, \"y\"\nz");
  EXPECT_EQ(records[0].cells.at("b"), "2");
  EXPECT_EQ(records[1].cells.at("a"), "last");
  EXPECT_EQ(records[0].line, 4);
  EXPECT_EQ(records[1].line, 7);  // the record before it has a line break inside quotes
}

TEST(Csv, NamesTheLineOfAFault) {
  EXPECT_THAT(where_of_error("a,b\n1,2\n1,2,3\n"), HasSubstr("x.csv:3 | a record of 3 cells"));
  EXPECT_THAT(where_of_error("a,b\n1,\"2\n3"), HasSubstr("x.csv:2 | a quote is never closed"));
  EXPECT_THAT(where_of_error("a,b\n\"1\"x,2\n"), HasSubstr("x.csv:2 | text after a closing quote"));
  EXPECT_THAT(where_of_error("a,b,a\n"), HasSubstr("'a' is named twice"));
  EXPECT_THAT(where_of_error("# nothing\n\n"), HasSubstr("holds no table"));
}

TEST(Csv, CellsSurviveWritingAndReading) {
  for (const std::string cell :
       {"plain", "", "with, comma", "with \"quote\"", "line\nbreak", " blanks ", "# hash", "trailing\\"}) {
    const auto records = parse_csv("a,b\n" + csv_cell(cell) + ",x\n", "x.csv");
    ASSERT_EQ(records.size(), 1U) << cell;
    EXPECT_EQ(records[0].cells.at("a"), cell);
  }
}

}  // namespace
}  // namespace mpq::analysis
