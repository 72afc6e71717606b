// What the catalogue promises: typed access, "did you mean", and a clear word when it is not ours.

#include "harness/catalogue.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/support/fake_catalogue.h"
#include "tests/support/temp_folder.h"

namespace mpq::harness {
namespace {

using ::testing::ElementsAre;

TEST(CatalogueFile, GivesFactsOfMethods) {
  const Catalogue catalogue(testing::fake_catalogue("abc"));
  const auto& float_network = find_item(catalogue.methods(), "method", "float", "here");
  EXPECT_FALSE(float_network.needs_budget());
  EXPECT_FALSE(float_network.needs_training());
  const auto& rfquant = find_item(catalogue.methods(), "method", "rfquant", "here");
  EXPECT_TRUE(rfquant.needs_budget());
  EXPECT_EQ(rfquant.family(), "one_shot");
  EXPECT_EQ(rfquant.options.front().name, "random_passes");
  EXPECT_EQ(catalogue.worker_sha256(), "abc");
  EXPECT_THAT(catalogue.conventions(), ElementsAre("ends_8x8", "searched_only"));
}

TEST(CatalogueFile, SuggestsTheNearestName) {
  const Catalogue catalogue(testing::fake_catalogue("abc"));
  try {
    find_item(catalogue.methods(), "method", "rfqaunt", "quick.toml:12, method[0].name");
    FAIL() << "an unknown method must be refused";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(),
                 "error: unknown method 'rfqaunt'\n  where:    quick.toml:12, method[0].name\n"
                 "  expected: one of: float, hawq, lsq, rfquant\n  fix:      did you mean 'rfquant'?");
  }
}

// Missing, not JSON, of another format, an entry without its revision: one message for all.
TEST(CatalogueFile, SaysWhenItIsNotOfThisMpq) {
  const testing::TempFolder folder;
  auto other = testing::fake_catalogue("abc");
  other["format"] = 2;
  auto incomplete = testing::fake_catalogue("abc");
  incomplete["methods"][0].erase("revision");
  const std::vector<std::string> contents = {"{", other.dump(), incomplete.dump(), "[]"};
  for (const auto& content : contents) {
    write_whole(folder / "catalogue.json", content);
    EXPECT_THROW(Catalogue::read(folder / "catalogue.json"), Error) << content.substr(0, 40);
  }
  try {
    Catalogue::read("nowhere/catalogue.json");
    FAIL() << "a missing catalogue must be refused";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::environment);
    EXPECT_STREQ(e.what(),
                 "error: the catalogue of methods is missing or not of this mpq\n"
                 "  where:    nowhere/catalogue.json\n"
                 "  expected: the file that the build writes beside the programs\n"
                 "  fix:      build mpq again, or point MPQ_CATALOGUE at its catalogue.json");
  }
}

}  // namespace
}  // namespace mpq::harness
