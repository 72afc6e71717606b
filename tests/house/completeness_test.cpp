// Everything registered has its page and its mention; every study and every link leads somewhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <toml++/toml.h>

#include <iostream>
#include <sstream>

#include "tests/house/source_tree.h"

namespace mpq::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::size_t kLongestMethodFile = 250;  // lines; past it, something belongs into a shared piece

std::vector<Registered> methods() { return registered_in("methods", "MPQ_REGISTER_METHOD"); }

std::string page_of(const std::string& method) { return "docs/methods/" + method + ".md"; }

TEST(Completeness, EveryMethodHasADocPage) {
  ASSERT_THAT(methods(), Not(IsEmpty()));
  for (const auto& method : methods())
    EXPECT_TRUE(std::filesystem::exists(source_root() / page_of(method.name))) << page_of(method.name);
}

TEST(Completeness, EveryDocPageOfAMethodHasAMethod) {
  std::set<std::string> known;
  for (const auto& method : methods()) known.insert(page_of(method.name));
  for (const auto& page : files_below("docs/methods", {".md"}))
    EXPECT_TRUE(known.count(page.path)) << page.path;
}

TEST(Completeness, EveryOptionOfAMethodIsOnItsPage) {
  for (const auto& method : methods()) {
    const auto page = read_source(page_of(method.name));
    for (const auto& option : all_matches(method.file.text, "\\bf\\(\"([a-z0-9_]+)\""))
      EXPECT_THAT(page, HasSubstr("`" + option + "`")) << page_of(method.name);
  }
}

TEST(Completeness, EveryMethodIsInTheReadme) {
  const auto readme = read_source("README.md");
  for (const auto& method : methods()) EXPECT_THAT(readme, HasSubstr("`" + method.name + "`"));
}

std::size_t lines_of(const SourceFile& file) {
  return static_cast<std::size_t>(std::count(file.text.begin(), file.text.end(), '\n'));
}

TEST(Completeness, AMethodIsAFileOfModestLength) {
  for (const auto& method : methods()) {
    std::cout << lines_of(method.file) << " lines: " << method.file.path << '\n';
    EXPECT_LE(lines_of(method.file), kLongestMethodFile) << method.file.path;
  }
}

// They show what the interface leaves to a method: a fixed precision, and a control that draws and retrains.
TEST(Completeness, TheMethodsThatNewcomersReadFirstStayBelowAHundredLines) {
  for (const std::string name : {"lsq", "random_feasible"}) {
    const auto all = methods();
    const auto method =
        std::find_if(all.begin(), all.end(), [&](const Registered& r) { return r.name == name; });
    ASSERT_NE(method, all.end()) << name;
    EXPECT_LT(lines_of(method->file), 100U) << method->file.path;
  }
}

TEST(Completeness, EveryStudyIsTomlAndOpensWithItsQuestionAndCost) {
  const auto studies = files_below("experiments", {".toml"});
  ASSERT_THAT(studies, Not(IsEmpty()));
  for (const auto& study : studies) {
    const bool recipe = study.path.starts_with("experiments/recipes/");  // defaults of studies, no study
    if (!recipe) {
      EXPECT_TRUE(study.text.starts_with("# Question:")) << study.path;
      EXPECT_THAT(study.text, HasSubstr("\n# Cost:")) << study.path;
      EXPECT_THAT(study.text, HasSubstr("\n# Expected:")) << study.path;
    }
    try {
      const auto parsed = toml::parse(study.text, study.path);
      EXPECT_EQ(parsed["name"].is_string(), !recipe) << study.path;
    } catch (const toml::parse_error& error) {
      ADD_FAILURE() << study.path << ":" << error.source().begin.line << ": " << error.description();
    }
  }
}

/// Relative links of a Markdown page whose target does not exist.
std::vector<std::string> dead_links(const SourceFile& page) {
  std::vector<std::string> dead;
  const auto folder = (source_root() / page.path).parent_path();
  std::string text;  // without blocks of code, where brackets mean something else
  std::istringstream lines(page.text);
  bool code = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) code = !code;
    if (!code) text += line + "\n";
  }
  for (const auto& target : all_matches(text, "\\]\\(([^)#\\s]+)[^)]*\\)"))
    if (target.find("://") == std::string::npos && !std::filesystem::exists(folder / target))
      dead.push_back(page.path + " links " + target);
  return dead;
}

TEST(Completeness, EveryRelativeLinkOfTheDocsLeadsSomewhere) {
  auto pages = files_below("docs", {".md"});
  for (const std::string page : {"README.md", "CONTRIBUTING.md"}) pages.push_back({page, read_source(page)});
  for (const auto& page : pages) EXPECT_THAT(dead_links(page), IsEmpty());
}

TEST(Completeness, ADeadLinkIsFound) {
  EXPECT_THAT(dead_links({"README.md", "see [this](docs/no_such_page.md#part) and [that](README.md)"}),
              ::testing::ElementsAre("README.md links docs/no_such_page.md"));
}

// "rfquant.md §8.1" in a comment is a heading, or a paragraph that begins with it, in the page of that name.
std::vector<std::string> dead_citations(const SourceFile& source) {
  const auto one_line = std::regex_replace(source.text, std::regex("\\s*\\n\\s*//+\\s*"), " ");
  const std::regex citation("([a-z_]+\\.md) ((§[0-9.]+(, | and |-)?)+)");
  std::vector<std::string> dead;
  for (auto match = std::sregex_iterator(one_line.begin(), one_line.end(), citation);
       match != std::sregex_iterator(); ++match) {
    const auto name = (*match)[1].str();
    std::string pages;
    for (const auto& page : files_below("docs", {name})) pages += "\n" + page.text;
    for (const auto& section : all_matches((*match)[2].str(), "(§[0-9]+(\\.[0-9]+)?)"))
      if (!std::regex_search(pages, std::regex("\n(#+ |\\*\\*)" + section + "[ *]")))
        dead.push_back(source.path + " cites " + name + " " + section);
  }
  return dead;
}

TEST(Completeness, EverySectionThatACommentCitesIsInItsPage) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_root()))
    if (std::filesystem::exists(entry.path() / "CMakeLists.txt"))
      for (const auto& source : files_below(entry.path().filename(), {".h", ".cpp"})) {
        EXPECT_THAT(dead_citations(source), IsEmpty());
        ++files;
      }
  EXPECT_GT(files, 100U);
}

TEST(Completeness, ADeadCitationIsFound) {
  EXPECT_THAT(dead_citations({"a.h",
                              "// as published (rfquant.md\n// §8.1 and §9"
                              "9.1).\n"}),
              ::testing::ElementsAre("a.h cites rfquant.md §9"
                                     "9.1"));
}

}  // namespace
}  // namespace mpq::testing
