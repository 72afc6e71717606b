// Nothing outside methods/ names a method, nothing outside models/ a network, nothing outside datasets/ a
// data set; studies, docs, tests and benchmarks aside. Adding one of them must not touch any other file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/house/source_tree.h"

namespace mpq::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kFolders{"analysis", "cli",      "cmake",  "core",  "datasets",
                                        "harness",  "methods",  "models", "quant", "results",
                                        "search",   "training", "worker"};

struct Kind {
  std::string folder, macro;
  std::set<std::string> exempt_files;  ///< may name one, for a reason given below
  std::set<std::string> other_words;   ///< names that are words of the code as well
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      // "float" is also an option type, a family and the role of the pretrained network among a stage's
      // parents.
      {"methods", "MPQ_REGISTER_METHOD", {}, {"float"}},
      // The conformance suite needs two small networks and one data set that needs no files.
      {"models", "MPQ_REGISTER_NETWORK", {"worker/conformance.cpp"}, {}},
      {"datasets", "MPQ_REGISTER_DATASET", {"worker/conformance.cpp"}, {}},
  };
  return all;
}

std::vector<std::string> names_in(const SourceFile& file, const std::vector<Registered>& registered) {
  std::vector<std::string> found;
  for (const auto& item : registered)
    if (file.text.find(item.needle) != std::string::npos) found.push_back(file.path + " names " + item.name);
  return found;
}

TEST(Names, NothingOutsideItsFolderNamesAMethodNetworkOrDataSet) {
  for (const auto& kind : kinds()) {
    auto registered = registered_in(kind.folder, kind.macro);
    ASSERT_THAT(registered, Not(IsEmpty())) << kind.folder;
    std::erase_if(registered, [&](const Registered& r) { return kind.other_words.count(r.name) > 0; });
    for (const auto& folder : kFolders) {
      if (folder == kind.folder) continue;
      for (const auto& file : files_below(folder, {".h", ".cpp", ".cmake", "CMakeLists.txt"})) {
        if (kind.exempt_files.count(file.path)) continue;
        EXPECT_THAT(names_in(file, registered), IsEmpty());
      }
    }
  }
}

TEST(Names, NoBuildFileListsWhatIsRegistered) {
  for (const auto& kind : kinds()) {
    const auto cmake = read_source(kind.folder + "/CMakeLists.txt");
    for (const auto& item : registered_in(kind.folder, kind.macro)) {
      const auto file_name = item.file.path.substr(kind.folder.size() + 1);
      EXPECT_THAT(cmake, Not(HasSubstr(" " + file_name))) << item.file.path << " is found by its macro";
    }
  }
}

TEST(Names, AQuotedNameElsewhereIsFound) {
  const std::vector<Registered> registered{{"\"lsq\"", "lsq", {}}, {"\"resnet", "resnet", {}}};
  EXPECT_THAT(names_in({"harness/x.cpp", "if (name == \"lsq\") return;"}, registered),
              Contains("harness/x.cpp names lsq"));
  EXPECT_THAT(names_in({"cli/x.cpp", "make(\"resnet20\")"}, registered), Contains("cli/x.cpp names resnet"));
  EXPECT_THAT(names_in({"cli/x.cpp", "lsq in a sentence"}, registered), IsEmpty());
}

}  // namespace
}  // namespace mpq::testing
