// What TextTable promises: columns line up for whoever reads them on a terminal.

#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace mpq::cli {
namespace {

TEST(TextTable, AlignsTextLeftAndNumbersRight) {
  TextTable table({"name", ">value", "note"});
  table.add({"a", "1", ""});
  table.add({"long name", "100", "x"});
  EXPECT_EQ(table.text(), "name       value  note\na              1\nlong name    100  x\n");
}

TEST(TextTable, CountsCharactersRatherThanBytes) {
  EXPECT_EQ(display_width("1 ± 2"), 5u);
  TextTable table({">x", "y"});
  table.add({"±", "b"});
  table.add({"ab", "c"});
  EXPECT_EQ(table.text(), " x  y\n ±  b\nab  c\n");
}

}  // namespace
}  // namespace mpq::cli
