// What a study file promises: every default filled in, and every mistake named with file, line and remedy.

#include "harness/study.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/harness/catalogue.h"

namespace mpq::harness {
namespace {

using ::testing::ElementsAre;

const std::string kGood = R"(schema = 1
name = "quick"
networks = ["resnet8"]
budgets = ["w3a3", 200000000]
seeds = [1, 2]
candidates = [6, 4, 3]

[dataset]
name = "synthetic"

[pretrain]
seed = 7
epochs = 20

[recipe]
lr = 1

[[method]]
name = "float"

[[method]]
name = "rfquant"
label = "RFQuant, random"
options = { search = "random" }
recipe = { epochs = 4 }
budgets = ["w4a3"]
seeds = [3]
)";

Study read(const std::string& text) { return read_study(TomlFile::parse(text, "quick.toml"), catalogue()); }

/// The complaint about kGood after `from` was replaced by `to`.
std::string complaint(const std::string& from, const std::string& to) {
  auto text = kGood;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  try {
    read(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::input);
    return e.what();
  }
  return "no error";
}

TEST(Study, FillsInEveryDefault) {
  const auto study = read(
      "schema = 1\nname = \"q\"\nnetworks = [\"resnet8\"]\ndataset = { name = \"cifar10\" }\n"
      "[[method]]\nname = \"float\"\n");
  EXPECT_EQ(study.convention, "ends_8x8");
  EXPECT_EQ(study.threads, 1);
  EXPECT_FALSE(study.final);
  EXPECT_EQ(study.pretrain_seed, 1);
  EXPECT_THAT(study.candidates, ElementsAre(6, 5, 4, 3, 2));
  EXPECT_EQ(study.networks[0].options, Json({{"width", 16}}));
  EXPECT_EQ(study.pretrain, Json({{"epochs", 10}, {"lr", 0.1}, {"schedule", "step"}}));
  EXPECT_EQ(study.methods[0].method.label, "Float") << "the title";
  EXPECT_THAT(study.methods[0].seeds, ElementsAre(1));
  EXPECT_TRUE(study.methods[0].budgets.empty());
}

TEST(Study, LetsAMethodOverrideRecipeBudgetsAndSeeds) {
  const auto study = read(kGood);
  EXPECT_EQ(study.pretrain_seed, 7);
  EXPECT_EQ(study.pretrain, Json({{"epochs", 20}, {"lr", 0.1}, {"schedule", "step"}}));
  const auto& rows = study.methods[1];
  EXPECT_EQ(rows.recipe, Json({{"epochs", 4}, {"lr", 1.0}, {"schedule", "step"}}))
      << "its own, the study's, the default";
  EXPECT_EQ(rows.method.options, Json({{"random_passes", 3}, {"search", "random"}}));
  EXPECT_THAT(rows.seeds, ElementsAre(3));
  ASSERT_EQ(rows.budgets.size(), 1u);
  EXPECT_EQ(rows.budgets[0].label, "w4a3");
  EXPECT_EQ(rows.budgets[0].bits, std::pair(4, 3));
}

TEST(Study, TakesSeveralNetworksAndDataSetsAsTables) {
  const auto study = read(R"(schema = 1
name = "q"
[[network]]
name = "resnet8"
[[network]]
name = "resnet8"
label = "wide8"
options = { width = 32 }
[[dataset]]
name = "cifar10"
[[dataset]]
name = "cifar100"
[[method]]
name = "float"
)");
  ASSERT_EQ(study.networks.size(), 2u);
  EXPECT_EQ(study.networks[1].label, "wide8");
  EXPECT_EQ(study.networks[1].options, Json({{"width", 32}}));
  EXPECT_EQ(study.datasets[1].name, "cifar100");
}

TEST(StudyError, UnknownKey) {
  EXPECT_EQ(
      complaint("budgets = [\"w3a3\"", "budgetz = [\"w3a3\""),
      "error: unknown key 'budgetz'\n  where:    quick.toml:4, budgetz\n"
      "  expected: schema, name, defaults, networks, network, dataset, budgets, convention, seeds, threads, "
      "final, candidates, "
      "pretrain, recipe, method\n  fix:      did you mean 'budgets'?");
}

TEST(StudyError, UnknownKeyOfTheRecipe) {
  EXPECT_EQ(complaint("recipe = { epochs = 4 }", "recipe = { epoch = 4 }"),
            "error: unknown key 'epoch'\n  where:    quick.toml:25, method[1].recipe.epoch\n"
            "  expected: epochs, lr, schedule\n  fix:      did you mean 'epochs'?");
  EXPECT_EQ(complaint("seed = 7", "sed = 7"),
            "error: unknown key 'sed'\n  where:    quick.toml:12, pretrain.sed\n"
            "  expected: epochs, lr, schedule, seed\n  fix:      did you mean 'seed'?");
}

TEST(StudyError, UnknownMethodNetworkAndDataSet) {
  EXPECT_EQ(complaint("name = \"rfquant\"", "name = \"rfqant\""),
            "error: unknown method 'rfqant'\n  where:    quick.toml:22, method[1].name\n"
            "  expected: one of: float, hawq, lsq, rfquant\n  fix:      did you mean 'rfquant'?");
  EXPECT_EQ(complaint("[\"resnet8\"]", "[\"resnet9\"]"),
            "error: unknown network 'resnet9'\n  where:    quick.toml:3, networks\n"
            "  expected: one of: resnet8, resnet20\n  fix:      did you mean 'resnet8'?");
  EXPECT_EQ(complaint("name = \"synthetic\"", "name = \"cifar\""),
            "error: unknown data set 'cifar'\n  where:    quick.toml:9, dataset.name\n"
            "  expected: one of: cifar10, cifar100, image_folder, imagenet, imagenet_tar, pets, synthetic\n  "
            "fix:      did you mean 'cifar10'?");
}

TEST(StudyError, OptionOfAnotherTypeOrOutsideTheChoices) {
  EXPECT_EQ(complaint("search = \"random\"", "search = \"gredy\""),
            "error: 'search' cannot be 'gredy'\n  where:    quick.toml:24, method[1].options.search\n"
            "  expected: one of: greedy, random\n  fix:      did you mean 'greedy'?");
  EXPECT_EQ(
      complaint("search = \"random\"", "random_passes = \"3\""),
      "error: 'random_passes' is \"3\", not of type int\n  where:    quick.toml:24, "
      "method[1].options.random_passes\n"
      "  expected: int (default 3): an option of the fake worker\n  fix:      write a value of that type");
}

TEST(StudyError, BudgetThatIsNotUnderstood) {
  const std::string rest =
      " is not understood\n  where:    quick.toml:4, budgets[0]\n  expected: \"wXaY\" with X and Y from the "
      "candidates "
      "[6,4,3], or BitOPs of one image as a whole number\n  fix:      write \"w3a3\", or add the width to "
      "candidates";
  EXPECT_EQ(complaint("\"w3a3\"", "\"w8a8\""), "error: budget \"w8a8\"" + rest) << "8 is no candidate";
  EXPECT_EQ(complaint("\"w3a3\"", "\"3 bits\""), "error: budget \"3 bits\"" + rest);
  EXPECT_EQ(complaint("\"w3a3\"", "-5"), "error: budget -5" + rest);
  EXPECT_EQ(complaint("\"w3a3\"", "2.5"), "error: budget 2.5" + rest);
}

TEST(StudyError, BudgetWhereNoneBelongs) {
  EXPECT_EQ(complaint("name = \"float\"", "name = \"float\"\nbudgets = [\"w3a3\"]"),
            "error: method 'float' takes no budget\n  where:    quick.toml:20, method[0].budgets\n"
            "  expected: no key 'budgets' here\n  fix:      remove it");
}

TEST(StudyError, NoBudgetWhereOneIsNeeded) {
  try {
    read(
        "schema = 1\nname = \"q\"\nnetworks = [\"resnet8\"]\ndataset = { name = \"cifar10\" "
        "}\n[[method]]\nname = \"lsq\"\n");
    FAIL() << "lsq needs a budget";
  } catch (const Error& e) {
    EXPECT_STREQ(
        e.what(),
        "error: method 'lsq' needs a budget and none is given\n  where:    quick.toml:6, method[0].name\n"
        "  expected: budgets = [\"w3a3\", …] at the top of the study or here\n  fix:      add budgets");
  }
}

TEST(StudyError, EmptyListsAndNegativeSeeds) {
  EXPECT_EQ(complaint("[dataset]\nname = \"synthetic\"\n", "dataset = []\n"),
            "error: 'dataset' is empty\n  where:    quick.toml:8, dataset\n  expected: at least one data "
            "set\n  fix:      name one");
  EXPECT_EQ(complaint("seed = 7", "seed = -7"),
            "error: 'seed' is -7\n  where:    quick.toml:12, pretrain.seed\n"
            "  expected: a whole number from 0 on\n  fix:      write one");
}

TEST(StudyError, CandidatesThatAreNotDescending) {
  EXPECT_EQ(complaint("[6, 4, 3]", "[3, 6, 4]"),
            "error: candidates are not descending: [3,6,4]\n  where:    quick.toml:6, candidates\n"
            "  expected: different widths from 8 to 2, the widest first\n  fix:      write [6,4,3]");
  EXPECT_EQ(
      complaint("[6, 4, 3]", "[4, 4]"),
      "error: 'candidates' is [4,4]\n  where:    quick.toml:6, candidates\n"
      "  expected: a list of different whole numbers from 2 to 8\n  fix:      write a list like [1, 2, 3]");
  EXPECT_EQ(complaint("[6, 4, 3]", "[32, 4, 3]").substr(0, 32), "error: 'candidates' is [32,4,3]\n");
}

TEST(StudyError, NewerSchemaAndMissingParts) {
  EXPECT_EQ(complaint("schema = 1", "schema = 2"),
            "error: this study has schema 2\n  where:    quick.toml:1, schema\n  expected: schema = 1\n"
            "  fix:      use a newer mpq, or write the study for schema 1");
  EXPECT_EQ(complaint("schema = 1\n", ""),
            "error: 'schema' is missing\n  where:    quick.toml, schema\n"
            "  expected: a value for 'schema'\n  fix:      add it");
  EXPECT_EQ(complaint("networks = [\"resnet8\"]\n", ""),
            "error: no network is given\n  where:    quick.toml, networks\n"
            "  expected: networks = [\"NAME\", …], or one [[network]] with name and options for each\n"
            "  fix:      add one of the two");
  EXPECT_EQ(complaint("[dataset]\nname = \"synthetic\"\n", ""),
            "error: no data set is given\n  where:    quick.toml, dataset\n  expected: [dataset] with name "
            "and options\n"
            "  fix:      add [dataset]");
}

TEST(StudyError, NameThatCannotBeAFile) {
  EXPECT_EQ(complaint("name = \"quick\"", "name = \"../quick\""),
            "error: '../quick' cannot name a study\n  where:    quick.toml:2, name\n"
            "  expected: at most 100 letters, digits, '_', '-' and '.', first a letter or digit\n  fix:      "
            "write quick");
}

TEST(StudyError, UnknownConvention) {
  EXPECT_EQ(complaint("seeds = [1, 2]", "convention = \"ends_8\""),
            "error: unknown cost convention 'ends_8'\n  where:    quick.toml:5, convention\n"
            "  expected: one of: ends_8x8, searched_only\n  fix:      did you mean 'ends_8x8'?");
}

TEST(StudyError, WrongTypes) {
  EXPECT_EQ(complaint("seeds = [1, 2]", "seeds = 1"),
            "error: 'seeds' is 1\n  where:    quick.toml:5, seeds\n"
            "  expected: a list of different whole numbers from 0 to 9223372036854775807\n"
            "  fix:      write a list like [1, 2, 3]");
  EXPECT_EQ(
      complaint("seeds = [1, 2]", "threads = 0"),
      "error: 'threads' is 0\n  where:    quick.toml:5, threads\n  expected: a whole number from 1 to 1024\n"
      "  fix:      write a number in that range");
  EXPECT_EQ(complaint("seeds = [1, 2]", "final = \"yes\""),
            "error: 'final' is \"yes\"\n  where:    quick.toml:5, final\n  expected: true or false\n"
            "  fix:      write true or false, without quotes");
  EXPECT_EQ(complaint("[recipe]\nlr = 1", "recipe = 3"),
            "error: unknown key 'recipe'\n  where:    quick.toml:15, pretrain.recipe\n"
            "  expected: epochs, lr, schedule, seed\n  fix:      remove it");
  EXPECT_EQ(complaint("seeds = [1, 2]", "recipe = 3").substr(0, 23), "error: not valid TOML: ")
      << "given twice";
  EXPECT_EQ(complaint("options = { search = \"random\" }", "options = 3"),
            "error: this must be a table, not 3\n  where:    quick.toml:24, method[1].options\n"
            "  expected: keys and values\n  fix:      write it as a table");
}

TEST(StudyError, ANewHeadNeedsACheckpointAndTraining) {
  const testing::TempFolder folder;
  write_whole(folder / "w.pth", "weights");
  const auto complaint_of = [&](const std::string& network, const std::string& pretrain) {
    write_whole(folder / "s.toml",
                "schema = 1\nname = \"s\"\ndataset = { name = \"synthetic\" }\n[[network]]\nname = "
                "\"resnet8\"\n" +
                    network + pretrain + "[[method]]\nname = \"float\"\n");
    try {
      read_study(read_study_file(folder / "s.toml", ""), catalogue());
    } catch (const Error& e) {
      return e.parts().what;
    }
    return std::string("no error");
  };
  const std::string file = "checkpoint = \"w.pth\"\n", head = "new_head = true\n",
                    epochs = "[pretrain]\nepochs = 2\n";
  EXPECT_EQ(complaint_of(file + head, epochs), "no error");
  EXPECT_EQ(complaint_of(file + head, ""), "network 'resnet8' gets a new head that nothing trains");
  EXPECT_EQ(complaint_of(head, epochs), "'new_head' is given without a checkpoint");
  EXPECT_EQ(complaint_of("dictionary = \"ema\"\n", epochs), "'dictionary' is given without a checkpoint");
  EXPECT_EQ(complaint_of(file + "dictionary = \"ema\"\n", epochs), "no error");
  EXPECT_EQ(complaint_of(file + head + "recorded_top1 = 70\n", epochs),
            "an accuracy is recorded for a head that is not taken");
}

TEST(Study, TakesDefaultsFromAFile) {
  const testing::TempFolder folder;
  write_whole(folder / "base.toml",
              "schema = 1\nbudgets = [\"w3a3\"]\n[dataset]\nname = \"synthetic\"\n[recipe]\nepochs = 5\n");
  write_whole(folder / "s.toml",
              "name = \"s\"\ndefaults = \"base.toml\"\nnetworks = [\"resnet8\"]\n[recipe]\nlr = 0.5\n"
              "[[method]]\nname = \"lsq\"\n");
  const auto study = read_study(read_study_file(folder / "s.toml", ""), catalogue());
  EXPECT_EQ(study.methods.at(0).recipe.at("epochs"), 5);
  EXPECT_EQ(study.methods.at(0).recipe.at("lr"), 0.5);
  write_whole(folder / "network.toml", "networks = [\"resnet20\"]\n[recipe]\nepochs = 7\n");
  write_whole(
      folder / "s.toml",
      "name = \"s\"\ndefaults = [\"base.toml\", \"network.toml\"]\n[recipe]\nlr = 0.5\n[[method]]\nname = "
      "\"lsq\"\n");
  const auto both = read_study(read_study_file(folder / "s.toml", ""), catalogue());
  EXPECT_EQ(both.networks.at(0).name, "resnet20");
  EXPECT_EQ(both.methods.at(0).recipe.at("epochs"), 7) << "the last file lies directly beneath the study";
  EXPECT_EQ(both.methods.at(0).recipe.at("lr"), 0.5);
  for (const std::string wrong : {"[]", "[3]", "3", "[\"base.toml\", \"other.toml\"]"}) {
    write_whole(folder / "s.toml", "name = \"s\"\ndefaults = " + wrong + "\n");
    EXPECT_THROW(read_study_file(folder / "s.toml", ""), Error) << wrong;
  }
  write_whole(folder / "s.toml", "name = \"s\"\ndefaults = \"other.toml\"\n");
  EXPECT_THROW(read_study_file(folder / "s.toml", ""), Error);
}

TEST(Slug, HasLettersDigitsAndSingleHyphens) {
  EXPECT_EQ(slug("LSQ"), "lsq");
  EXPECT_EQ(slug("RFQuant, w/o EMA (3×)"), "rfquant-w-o-ema-3");
  EXPECT_EQ(slug("×"), "x");
}

// A study is a stranger's file: whatever one line becomes, the answer is a study or an Error.
TEST(StudyProperty, AnyLineMayBeAnyType) {
  for (const std::string key : {"schema", "name", "networks", "budgets", "seeds", "candidates"})
    for (const std::string value :
         {"1", "-1", "\"x\"", "[]", "[[]]", "[1, \"a\"]", "{}", "{ a = 1 }", "true", "1e300"}) {
      auto text = kGood;
      const auto at = text.find(key + " = ");
      text.replace(at, text.find('\n', at) - at, key + " = " + value);
      try {
        read(text);
      } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::input) << key << " = " << value;
      }
    }
}

}  // namespace
}  // namespace mpq::harness
