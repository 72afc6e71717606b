// A folder knows what its row allows and nothing else; docs/architecture.md shows the same table.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/house/source_tree.h"

namespace mpq::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What a folder links; it may include what these link in turn as well.
struct Row {
  std::set<std::string> links;
  bool torch = false;
};

const std::map<std::string, Row>& table() {
  static const std::map<std::string, Row> rows{
      {"core", {{}, false}},
      {"quant", {{"core"}, true}},
      {"models", {{"quant"}, true}},
      {"datasets", {{"core"}, false}},
      {"training", {{"models", "datasets"}, true}},
      {"search", {{"training"}, true}},
      {"methods", {{"search"}, true}},
      {"results", {{"core"}, false}},
      {"worker", {{"methods", "results"}, true}},
      {"analysis", {{"results"}, false}},
      {"harness", {{"results", "datasets"}, false}},
      {"cli", {{"harness", "analysis"}, false}},
  };
  return rows;
}

std::set<std::string> reachable(const std::string& folder) {
  std::set<std::string> known{folder};
  for (const auto& next : table().at(folder).links) known.merge(reachable(next));
  return known;
}

std::vector<std::string> wrong_includes(const SourceFile& file) {
  std::vector<std::string> wrong;
  const auto allowed = reachable(file.folder());
  for (const auto& included : all_matches(file.text, "#include \"([a-z_]+/[^\"]+)\"")) {
    const auto folder = included.substr(0, included.find('/'));
    if (!allowed.count(folder)) wrong.push_back(file.path + " includes " + included);
    if (included == "datasets/test_split.h" && file.folder() != "datasets" && file.folder() != "worker")
      wrong.push_back(file.path + " opens the test split");
  }
  if (!table().at(file.folder()).torch)
    for (const auto& header : all_matches(file.text, "#include <((?:torch|ATen|c10)/[^>]+)>"))
      wrong.push_back(file.path + " includes LibTorch's " + header);
  return wrong;
}

std::vector<std::string> wrong_links(const std::string& folder, const std::string& cmake) {
  std::vector<std::string> wrong;
  for (const auto& linked : all_matches(cmake, "mpq::([a-z_]+)"))
    if (linked != folder && !table().at(folder).links.count(linked))
      wrong.push_back(folder + " links mpq::" + linked);
  const bool torch = std::regex_search(cmake, std::regex("mpq_torch|mpq_library\\([a-z]+ TORCH"));
  if (torch && !table().at(folder).torch) wrong.push_back(folder + " links LibTorch");
  return wrong;
}

TEST(Arrows, EveryIncludeIsAllowedByTheTable) {
  std::vector<std::string> wrong;
  std::size_t seen = 0;
  for (const auto& [folder, row] : table())
    for (const auto& file : files_below(folder, {".h", ".cpp"})) {
      ++seen;
      for (auto& text : wrong_includes(file)) wrong.push_back(text);
    }
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_GT(seen, 100u) << "the source tree was not found";
}

TEST(Arrows, EveryLinkLineIsAllowedByTheTable) {
  for (const auto& [folder, row] : table())
    EXPECT_THAT(wrong_links(folder, read_source(folder + "/CMakeLists.txt")), IsEmpty());
}

TEST(Arrows, EveryFolderWithSourcesHasARow) {
  const std::set<std::string> know_anything{"bench", "tests"};
  for (const auto& line : all_matches(read_source("CMakeLists.txt"), "add_subdirectory\\(([a-z]+)\\)"))
    EXPECT_TRUE(table().count(line) || know_anything.count(line)) << line;
}

TEST(Arrows, NoFolderReachesItselfThroughOthers) {
  for (const auto& [folder, row] : table())
    for (const auto& next : row.links)
      EXPECT_FALSE(reachable(next).count(folder)) << folder << " through " << next;
}

// The rule itself, on sources that break it.
TEST(Arrows, AnArrowAgainstTheTableIsFound) {
  EXPECT_THAT(wrong_includes({"quant/x.cpp", "#include \"models/network.h\"\n"}),
              ElementsAre("quant/x.cpp includes models/network.h"));
  EXPECT_THAT(wrong_includes({"search/x.cpp", "#include \"quant/cost.h\"\n#include \"core/error.h\"\n"}),
              IsEmpty());
  EXPECT_THAT(wrong_includes({"training/x.cpp", "#include \"datasets/test_split.h\"\n"}),
              ElementsAre(HasSubstr("opens the test split")));
  EXPECT_THAT(wrong_includes({"harness/x.h", "#include <torch/types.h>\n"}),
              ElementsAre(HasSubstr("LibTorch")));
}

TEST(Arrows, ALinkAgainstTheTableIsFound) {
  EXPECT_THAT(wrong_links("quant", "mpq_library(quant TORCH SOURCES a.cpp PUBLIC mpq::core mpq::datasets)"),
              ElementsAre("quant links mpq::datasets"));
  EXPECT_THAT(wrong_links("results", "mpq_library(results TORCH SOURCES a.cpp PUBLIC mpq::core)"),
              ElementsAre("results links LibTorch"));
}

}  // namespace
}  // namespace mpq::testing
