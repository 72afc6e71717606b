// Wrong input and a machine in the way: the message, word for word, and the exit code of each.

#include "tests/cli/mpq_fixture.h"

namespace mpq::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Refuses : public MpqCli {
 protected:
  /// `mpq WORDS` must end with `code`, print nothing on standard output and exactly `message` on standard
  /// error.
  void expect(int code, const std::vector<std::string>& words, const std::string& message,
              const Environment& environment = {}) {
    const auto end = mpq(words, environment);
    EXPECT_EQ(end.exit_code, code);
    EXPECT_EQ(end.err, message + "\n");
    EXPECT_EQ(end.out, "");
  }
  /// The study "one" with `from` replaced by `to`.
  void change_study(const std::string& from, const std::string& to) {
    auto text = kOneCaseStudy;
    text.replace(text.find(from), from.size(), to);
    write("experiments/one.toml", text);
  }
};

TEST_F(Refuses, UnknownCommand) {
  expect(2, {"rnu"},
         "mpq: error: unknown command 'rnu'\n  where:    the command line\n"
         "  expected: one of: run, status, report, list, show, export, check, data, index, env, version\n"
         "  fix:      did you mean 'run'?");
}

TEST_F(Refuses, UnknownOption) {
  expect(2, {"run", "one", "--job", "2"},
         "mpq: error: unknown option '--job'\n  where:    the command line of mpq run\n"
         "  expected: --checkpoint-seconds, --data, --dry-run, --final, --help, --jobs, --json, "
         "--loader-threads, "
         "--only, --store, --time-limit\n"
         "  fix:      did you mean '--jobs'?");
}

TEST_F(Refuses, MissingAndSuperfluousWords) {
  expect(2, {"run"},
         "mpq: error: STUDY is missing\n  where:    the command line of mpq run\n  expected: mpq run STUDY\n"
         "  fix:      see mpq run --help");
  expect(2, {"run", "one", "two"},
         "mpq: error: 'two' is one word too many\n  where:    the command line of mpq run\n"
         "  expected: mpq run STUDY\n  fix:      remove it, or quote a word with blanks");
  expect(2, {"run", "one", "--jobs"},
         "mpq: error: the required argument for option '--jobs' is missing\n"
         "  where:    the command line of mpq run\n"
         "  expected: options as mpq run --help lists them\n  fix:      correct the command");
}

TEST_F(Refuses, OptionThatIsNoNumberOrGivenTwice) {
  expect(2, {"run", "one", "--jobs", "0"},
         "mpq: error: --jobs is '0'\n  where:    the command line\n"
         "  expected: a whole number from 1 to 1024\n  fix:      write a number in that range");
  expect(2, {"run", "one", "--time-limit", "soon"},
         "mpq: error: --time-limit is 'soon'\n  where:    the command line\n"
         "  expected: a number, at least 0\n  fix:      write a number in that range");
  expect(2, {"run", "one", "--jobs", "1", "--jobs", "2"},
         "mpq: error: --jobs is given 2 times\n  where:    the command line of mpq run\n"
         "  expected: at most one\n  fix:      keep one of them");
}

TEST_F(Refuses, UnknownStudy) {
  expect(2, {"run", "quik"},
         "mpq: error: there is no study 'quik'\n  where:    the command line\n"
         "  expected: a TOML file, or one of: one, quick\n  fix:      did you mean 'quick'?");
}

TEST_F(Refuses, UnknownKeyOfAStudy) {
  change_study("budgets", "budgetz");
  expect(2, {"run", "one"},
         "mpq: error: unknown key 'budgetz'\n  where:    experiments/one.toml:4, budgetz\n"
         "  expected: schema, name, defaults, networks, network, dataset, budgets, convention, seeds, "
         "threads, final, "
         "candidates, "
         "pretrain, recipe, method\n  fix:      did you mean 'budgets'?");
  EXPECT_FALSE(fs::exists(path("store/index.sqlite"))) << "nothing may be half-done";
}

TEST_F(Refuses, UnknownMethodAndNetwork) {
  change_study("\"lsq\"", "\"lsqq\"");
  expect(2, {"run", "one"},
         "mpq: error: unknown method 'lsqq'\n  where:    experiments/one.toml:8, method[0].name\n"
         "  expected: one of: float, hawq, lsq, rfquant\n  fix:      did you mean 'lsq'?");
  change_study("resnet8", "resnet88");
  expect(2, {"run", "one"},
         "mpq: error: unknown network 'resnet88'\n  where:    experiments/one.toml:3, networks\n"
         "  expected: one of: resnet8, resnet20\n  fix:      did you mean 'resnet8'?");
}

TEST_F(Refuses, StudyThatIsNotToml) {
  change_study("name = \"one\"", "name = one");
  const auto end = mpq({"run", "one"});
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err,
              ContainsRegex("^mpq: error: not valid TOML: .*\n  where:    experiments/one.toml:2:[0-9]+\n"));
}

TEST_F(Refuses, BudgetOutOfReachBeforeAnyWork) {
  change_study("[\"w3a3\"]", "[1000000]");
  expect(2, {"run", "one"},
         "mpq: error: the budget of 1000000 BitOPs is below every policy of network 'resnet8'\n"
         "  where:    experiments/one.toml:4, budgets[0]\n"
         "  expected: from 47226880 to 198221824 BitOPs under convention ends_8x8\n"
         "  fix:      raise the budget, or add a lower width to candidates");
}

TEST_F(Refuses, WordsOfTheWorkerAboutANetwork) {
  change_study("networks = [\"resnet8\"]", "network = { name = \"resnet8\", options = { width = 13 } }");
  expect(2, {"run", "one"},
         "mpq: error: no network has a width of 13\n  where:    network 'resnet8', width\n"
         "  expected: a width that is not 13\n  fix:      write 16");
}

TEST_F(Refuses, MissingDataFolder) {
  change_study("\"synthetic\"", "\"cifar10\"");
  expect(2, {"run", "one", "--data", "nowhere"},
         "mpq: error: the files of data set 'cifar10' are missing\n"
         "  where:    nowhere/cifar-10-batches-bin, for experiments/one.toml:5, dataset.name\n"
         "  expected: the folder 'cifar-10-batches-bin' below the data folder 'nowhere'\n"
         "  fix:      name the data folder with --data DIR or MPQ_DATASETS; `mpq list datasets --long` says "
         "what belongs there");
}

TEST_F(Refuses, FoldersOfPhotographsThatAreMissingOrEmpty) {
  const std::vector<std::string> words{"data", "verify",   "image_folder", "--data",
                                       "d",    "--option", "folder=set"};
  auto end = mpq(words);
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("missing\n"));
  EXPECT_THAT(end.err, HasSubstr("  where:    d/set"));
  fs::create_directories(path("d/set/train/ant"));
  fs::create_directories(path("d/set/val/ant"));  // the part that is listed first
  end = mpq(words);
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("mpq: error: a class folder has no pictures\n  where:    d/set/val/ant\n"));
}

TEST_F(Refuses, TruncatedDataFile) {
  change_study("\"synthetic\"", "\"cifar10\"");
  fs::create_directories(path("data/cifar-10-batches-bin"));
  for (const auto* name :
       {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"})
    write(std::string("data/cifar-10-batches-bin/") + name + ".bin", std::string(3073 * 2, '\0'));
  const auto end = mpq({"run", "one"});
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("data_batch_1.bin"));
  EXPECT_THAT(end.err, HasSubstr("30730000")) << "the size that the file should have";
}

TEST_F(Refuses, CaseThatIsNotInTheStudy) {
  expect(2, {"run", "one", "--only", "lsq/resnet8/synthetic/w3a3/seed=2"},
         "mpq: error: no case is called 'lsq/resnet8/synthetic/w3a3/seed=2'\n  where:    "
         "experiments/one.toml, --only\n"
         "  expected: a case id, its first parts, or a pattern with '*', as `mpq run --dry-run` lists them\n"
         "  fix:      did you mean '" +
             kOneCase + "'?");
}

TEST_F(Refuses, StoreOfANewerFormat) {
  fs::create_directory(path("store"));
  write("store/format", "mpq store 99\n");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"run", "one"}, {"status"}, {"report", "one"}, {"index", "--rebuild"}})
    expect(3, words,
           "mpq: error: the store has format 99, written by a newer mpq\n  where:    ./store/format\n"
           "  expected: format 1 or older\n  fix:      use the newer mpq, or another --store");
}

TEST_F(Refuses, FolderThatIsNoStore) {
  const auto end = mpq({"run", "one", "--store", "experiments"});
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, StartsWith("mpq: error: the folder is not a store and not empty\n"));
}

TEST_F(Refuses, MissingStore) {
  expect(2, {"status"},
         "mpq: error: there is no store\n  where:    ./store\n  expected: a folder that `mpq run` has made\n"
         "  fix:      run a study first, or name the store with --store or MPQ_STORE");
  EXPECT_FALSE(fs::exists(path("store"))) << "reading must not create one";
}

TEST_F(Refuses, MissingOrForeignWorker) {
  expect(3, {"run", "one"},
         "mpq: error: the worker program is missing\n  where:    nowhere/mpq-worker\n"
         "  expected: an executable mpq-worker beside mpq\n  fix:      build it, or point MPQ_WORKER at it",
         {{"MPQ_WORKER", "nowhere/mpq-worker"}});
  const auto end = mpq({"run", "one"}, {{"MPQ_WORKER", "/bin/true"}});
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_THAT(end.err, StartsWith("mpq: error: the worker is not the one that the catalogue describes\n"));
}

TEST_F(Refuses, MissingCatalogue) {
  expect(3, {"list", "methods"},
         "mpq: error: the catalogue of methods is missing or not of this mpq\n  where:    nowhere.json\n"
         "  expected: the file that the build writes beside the programs\n"
         "  fix:      build mpq again, or point MPQ_CATALOGUE at its catalogue.json",
         {{"MPQ_CATALOGUE", "nowhere.json"}});
}

TEST_F(Refuses, UnknownListAndMethodToCheck) {
  expect(
      2, {"list", "method"},
      "mpq: error: there is no list of 'method'\n  where:    the command line of mpq list\n"
      "  expected: one of: methods, models, datasets, recipe, studies\n  fix:      did you mean 'methods'?");
  expect(2, {"check", "lsqq"},
         "mpq: error: unknown method 'lsqq'\n  where:    the command line\n"
         "  expected: one of: float, hawq, lsq, rfquant\n  fix:      did you mean 'lsq'?");
}

TEST_F(Refuses, UnknownCaseAndStudyOfTheStore) {
  mpq({"run", "one"});
  expect(2, {"show", "lsq/resnet8/synthetic/w3a4/seed=1"},
         "mpq: error: no case is called 'lsq/resnet8/synthetic/w3a4/seed=1'\n  where:    the studies of this "
         "store\n"
         "  expected: a case id as `mpq run STUDY --dry-run` lists them\n  fix:      did you mean '" +
             kOneCase + "'?");
  expect(2, {"report", "noe"},
         "mpq: error: the store has no study 'noe'\n  where:    the command line\n  expected: one of: one\n"
         "  fix:      did you mean 'one'?");
  expect(2, {"report", "quick"},
         "mpq: error: study 'quick' has not run in this store\n  where:    experiments/quick.toml\n"
         "  expected: a study that `mpq run` has started\n  fix:      run it first: mpq run quick");
}

TEST_F(Refuses, CaseThatSeveralStudiesHave) {
  mpq({"run", "one"});
  mpq({"run", "quick"});
  expect(2, {"show", kOneCase},
         "mpq: error: several studies have a case '" + kOneCase +
             "'\n  where:    the command line\n"
             "  expected: --study with one of: one, quick\n  fix:      add --study quick");
  EXPECT_EQ(mpq({"show", kOneCase, "--study", "one"}).exit_code, 0);
}

TEST_F(Refuses, IndexWithoutSayingWhat) {
  mpq({"run", "one"});
  expect(2, {"index"},
         "mpq: error: nothing to do\n  where:    the command line of mpq index\n  expected: --rebuild\n  "
         "fix:      add --rebuild");
}

TEST_F(Refuses, PrintedNumbersThatAreNoTable) {
  mpq({"run", "one"});
  write("published.csv", "network,dataset,method,budget,metrik,value\n");
  const auto end = mpq({"report", "one", "--against", "published.csv"});
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("published.csv"));
  EXPECT_THAT(end.err, HasSubstr("did you mean 'metric'?"));
}

}  // namespace
}  // namespace mpq::testing
