#include "analysis/table.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace mpq::analysis {
namespace {

TEST(Table, IsAlignedAsPlainText) {
  Table table({{"row", Table::Align::left}, {"top-1 %"}});
  table.add({"LSQ", "87.12"});
  table.add({"a longer label", "−3"});
  EXPECT_EQ(table.to_markdown(),
            "| row            | top-1 % |\n"
            "|:---------------|--------:|\n"
            "| LSQ            |   87.12 |\n"
            "| a longer label |      −3 |\n");
}

TEST(Table, KeepsItsShapeWhateverTheCellsHold) {
  Table table({{"reason", Table::Align::left}});
  table.add({"a|b\nc"});
  EXPECT_EQ(table.to_markdown(), "| reason |\n|:-------|\n| a\\|b c |\n");
}

TEST(Table, RefusesAnotherNumberOfCells) {
  Table table({{"a"}, {"b"}});
  EXPECT_THROW(table.add({"1"}), Error);
}

TEST(Table, CountsWhatATerminalShows) {
  EXPECT_EQ(display_width("87.12"), 5U);
  EXPECT_EQ(display_width("−3 – ü"), 6U);
}

}  // namespace
}  // namespace mpq::analysis
