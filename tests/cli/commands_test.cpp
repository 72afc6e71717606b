// The commands that read: help, list, status, show, report, check, index, env.

#include "core/hash.h"
#include "datasets/picture.h"
#include "tests/cli/mpq_fixture.h"

namespace mpq::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Command = MpqCli;

TEST_F(Command, HelpHasEveryCommandWithExamplesAndExitCodes) {
  for (const auto& words : std::vector<std::vector<std::string>>{{}, {"--help"}, {"help"}}) {
    const auto end = mpq(words);
    EXPECT_EQ(end.exit_code, 0);
    for (const auto* name :
         {"run", "status", "report", "list", "show", "export", "check", "data", "index", "env", "version"})
      EXPECT_THAT(end.out, HasSubstr(std::string("\n  ") + name + " ")) << name;
    EXPECT_THAT(end.out, HasSubstr("examples:\n"));
    EXPECT_THAT(end.out, HasSubstr("130 stopped by the user"));
  }
}

TEST_F(Command, HelpOfACommandHasItsOptionsAndExamples) {
  for (const std::string name :
       {"run", "status", "report", "list", "show", "export", "check", "data", "index", "env", "version"}) {
    const auto end = mpq({name, "--help"});
    EXPECT_EQ(end.exit_code, 0) << name;
    EXPECT_THAT(end.out, StartsWith("usage: mpq " + name)) << name;
    EXPECT_THAT(end.out, HasSubstr("examples:\n  mpq " + name)) << name;
  }
  EXPECT_THAT(mpq({"run", "--help"}).out, ContainsRegex("-j \\[ --jobs \\] N +stages at the same time"));
}

TEST_F(Command, VersionSaysRevision) {
  EXPECT_THAT(mpq({"version"}).out,
              ContainsRegex("^mpq [0-9.]+ \\([0-9a-z]+, (clean|with uncommitted changes)\\)\n$"));
  EXPECT_EQ(mpq({"--version"}).out, mpq({"version"}).out);
}

TEST_F(Command, ListSaysWhatAStudyCanName) {
  EXPECT_THAT(mpq({"list", "methods"}).out,
              ContainsRegex("^name +title +about\nfloat +Float +fake Float\nhawq "));
  EXPECT_THAT(mpq({"list", "models"}).out, ContainsRegex("resnet8 +resnet8 +B. Author, 2016\n"));
  EXPECT_THAT(mpq({"list", "datasets"}).out, HasSubstr("synthetic"));
  EXPECT_THAT(mpq({"list", "recipe"}).out,
              HasSubstr("    lr = 0.1  (float) an option of the fake worker [this test]\n"));
  const auto in_full = mpq({"list", "methods", "--long"}).out;
  EXPECT_THAT(in_full, HasSubstr("rfquant: RFQuant\n    A. Author, 2024\n    family: one_shot\n"));
  EXPECT_THAT(in_full, HasSubstr("    search = \"greedy\"  (string) an option of the fake worker; one of: "
                                 "greedy, random [this test]\n"));
  EXPECT_EQ(Json::parse(mpq({"list", "methods", "--json"}).out)[0]["name"], "float");
}

TEST_F(Command, ListStudiesShowsTheirQuestions) {
  write("experiments/two.toml",
        "# Question: is the second line\n#           shown?\n# Cost: none\n" + kOneCaseStudy);
  EXPECT_THAT(mpq({"list", "studies"}).out,
              ContainsRegex("quick +does the plumbing hold\\?   Cost: nothing\\.\n"));
  EXPECT_EQ(Json::parse(mpq({"list", "studies", "--json"}).out)[0],
            Json({{"name", "one"}, {"file", "experiments/one.toml"}, {"question", ""}}));
  EXPECT_EQ(Json::parse(mpq({"list", "studies", "--json"}).out)[2]["question"], "is the second line shown?");
}

TEST_F(Command, DataListsVerifiesAndShows) {
  EXPECT_THAT(mpq({"data", "list"}).out, ContainsRegex("synthetic +[^\n]+ 3072 +1024 +10 +there"));
  EXPECT_THAT(mpq({"data", "list"}).out, ContainsRegex("cifar10 +CIFAR-10 +50000 +10000 +10 +absent"));
  const auto verified = Json::parse(mpq({"data", "verify", "synthetic", "--json"}).out);
  EXPECT_EQ(verified["parts"][0]["pictures"], 3072);
  EXPECT_EQ(verified["parts"][1]["broken"], 0);
  const auto text = mpq({"data", "verify", "synthetic"}).out;
  EXPECT_THAT(text, HasSubstr("mean and deviation"));
  // 3072 and 1024 pictures whose ten classes go round: one more of the first two, and of the first four.
  EXPECT_THAT(text, ContainsRegex("class +train +test\n +0 +308 +103\n +1 +308 +103\n +2 +307 +103\n"));
  const auto shown = mpq({"data", "preview", "synthetic", "--rows", "2", "--out", "sheet.png"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("sheet.png: 16 pictures of the training split, as training sees them"));
}

TEST_F(Command, DataVerifyHoldsFilesToTheirOfficialContent) {
  EXPECT_THAT(mpq({"data", "verify", "synthetic"}).out, HasSubstr("checksums: no official content"));
  fs::create_directories(path("datasets/fetch"));
  fs::create_directories(path("d/s"));
  write("datasets/fetch/synthetic.toml",
        "[[content]]\npath = \"s/a.bin\"\nsha256 = \"" + sha256("abc") + "\"\n");
  write("d/s/a.bin", "abc");
  const std::vector<std::string> words{"data", "verify", "synthetic", "--data", "d"};
  EXPECT_THAT(mpq(words).out, HasSubstr("checksums: 1 of 1 files have their official content\n"));
  EXPECT_EQ(mpq(words).exit_code, 0);
  write("d/s/a.bin", "abd");  // one byte, and the size is the same
  EXPECT_EQ(mpq(words).exit_code, 2);
  EXPECT_THAT(mpq(words).out,
              HasSubstr("d/s/a.bin: SHA-256 " + sha256("abd") + ", officially " + sha256("abc")));
  fs::remove(path("d/s/a.bin"));
  EXPECT_THAT(mpq(words).out, HasSubstr("d/s/a.bin: not there, officially "));
}

TEST_F(Command, DataVerifyHoldsCountsToTheOfficialOnes) {
  fs::create_directories(path("d/oxford-iiit-pet/annotations"));
  fs::create_directories(path("d/oxford-iiit-pet/images"));
  const auto png = datasets::encode_png(datasets::Picture(8, 8));
  std::string list;
  for (const std::string name : {"a_1", "a_2", "b_1", "b_2"}) {
    write("d/oxford-iiit-pet/images/" + name + ".jpg", png);
    list += name + (name[0] == 'a' ? " 1 1 1\n" : " 2 1 2\n");
  }
  write("d/oxford-iiit-pet/annotations/trainval.txt", list);
  write("d/oxford-iiit-pet/annotations/test.txt", "a_1 1 1 1\n");
  write("d/oxford-iiit-pet/annotations/mine.txt", list);
  std::vector<std::string> words{"data",     "verify",   "pets",      "--data",   "d",
                                 "--option", "search=1", "--option",  "calib=1",  "--option",
                                 "side=8",   "--option", "shorter=8", "--option", "by_content=true"};
  const auto end = mpq(words);
  EXPECT_EQ(end.exit_code, 2) << end.err;
  EXPECT_THAT(end.out, ContainsRegex("train +4 +3680 +0 +2 +0 +2 "));
  EXPECT_THAT(end.out, HasSubstr("train: 4 pictures, officially 3680: 3676 are missing\n"));
  EXPECT_THAT(end.out, HasSubstr("test: 1 pictures, officially 3669: 3668 are missing\n"));
  EXPECT_THAT(end.out, Not(HasSubstr("class  train"))) << "37 classes are printed on demand";
  words.push_back("--classes");
  EXPECT_THAT(mpq(words).out, ContainsRegex("class +train +test\n +0 +2 +1\n +1 +2 +0\n +2 +0 +0\n"));

  // A list of one's own is another set, which nobody has counted.
  words.insert(words.end(), {"--option", "train=annotations/mine.txt", "--json"});
  const auto own = mpq(words);
  EXPECT_EQ(own.exit_code, 0) << own.err;
  const auto report = Json::parse(own.out);
  EXPECT_EQ(report["parts"][0]["pictures"], 4);
  EXPECT_TRUE(report["parts"][0]["official"].is_null());
}

TEST_F(Command, ExportWritesAPolicyThatAStudyTakesBack) {
  mpq({"run", "one"});
  const auto end = mpq({"export", kOneCase, "--policy", "experiments/p.json", "--weights", "w.safetensors"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  const auto policy = Json::parse(read("experiments/p.json"));
  EXPECT_EQ(policy["format"], "mpq-policy");
  EXPECT_EQ(policy["sites"], Json({"layer1.0.conv1", "layer1.0.conv2"}));
  EXPECT_EQ(policy["weight_bits"], Json({3, 3}));
  EXPECT_EQ(policy["case"], kOneCase);
  EXPECT_EQ(Json::parse(read("w.safetensors"))["metadata"]["study"], "one");
  auto again = kOneCaseStudy + "label = \"given\"\npolicy = \"p.json\"\n";
  again.replace(again.find("\"one\""), 5, "\"two\"");
  write("experiments/two.toml", again);
  const auto taken = mpq({"run", "two"});
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_THAT(taken.err, HasSubstr("1 case, 4 stages: 1 done, 3 to do"));
}

TEST_F(Command, ExportSaysWhatIsMissing) {
  mpq({"run", "quick", "--only", "float"});
  EXPECT_THAT(mpq({"export", "float/resnet8/synthetic/-/seed=1"}).err, HasSubstr("nothing is to be written"));
  EXPECT_THAT(mpq({"export", "float/resnet8/synthetic/-/seed=1", "--policy", "p.json"}).err,
              HasSubstr("the case has no policy"));
  EXPECT_THAT(mpq({"export", "lsq/resnet8/synthetic/w3a3/seed=1", "--policy", "p.json"}).err,
              HasSubstr("is not done"));
  EXPECT_THAT(mpq({"export", "lsq/resnet8/synthetic/w3a3/seed=2", "--policy", "p.json"}).err,
              HasSubstr("did you mean 'lsq/resnet8/synthetic/w3a3/seed=1'?"));
  EXPECT_FALSE(fs::exists(path("p.json")));
}

TEST_F(Command, DataSaysWhatIsWrong) {
  const auto unknown = mpq({"data", "verifi", "synthetic"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'verify'?"));
  EXPECT_THAT(mpq({"data", "verify"}).err, HasSubstr("no data set is named"));
  EXPECT_THAT(mpq({"data", "verify", "cifar1"}).err, HasSubstr("did you mean 'cifar10'?"));
  EXPECT_EQ(mpq({"data", "verify", "cifar10"}).exit_code, 2);
  const auto in_memory = mpq({"data", "cache", "synthetic"});
  EXPECT_EQ(in_memory.exit_code, 2);
  EXPECT_THAT(in_memory.err, HasSubstr("data set 'synthetic' needs no cache"));
  EXPECT_THAT(mpq({"data", "verify", "synthetic", "--option", "noise"}).err, HasSubstr("KEY=VALUE"));
  EXPECT_THAT(mpq({"data", "fetch", "synthetic"}).err, HasSubstr("it is made from a formula"));
  EXPECT_THAT(mpq({"data", "fetch", "image_folder"}).err, HasSubstr("is a folder of your own"));
  EXPECT_THAT(mpq({"data", "fetch", "imagenet", "--data", "d"}).err,
              HasSubstr("fix:      put the files below d/imagenet yourself"));
}

TEST_F(Command, StatusCountsCases) {
  mpq({"run", "quick"},
      {{"MPQ_FAKE",
        "fail@deploy lsq resnet8 w3a3;unsupported@deploy rfquant resnet8 w4a4;unsupported@evaluate"}});
  const auto end = mpq({"status"});
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_THAT(
      end.out,
      ContainsRegex("^store \\./store\nstudy +cases +done +unsupported +failed +running +to do\nquick +5 "));
  EXPECT_THAT(end.out, HasSubstr("failed: " + kOneCase + ": loss is NaN\n"));
  const auto json = Json::parse(mpq({"status", "--json"}).out);
  EXPECT_EQ(json["studies"][0]["cases"]["failed"], 1);
  EXPECT_EQ(json["studies"][0]["failures"][0]["case"], kOneCase);
  EXPECT_TRUE(json["running"].is_null());
}

TEST_F(Command, StatusOfAStoreWithoutAStudy) {
  results::Store(path("store"));
  EXPECT_EQ(mpq({"status"}).out, "store ./store\nno study has run here yet\n");
}

TEST_F(Command, ShowTellsStagesPolicyAndFolders) {
  mpq({"run", "one"});
  const auto end = mpq({"show", kOneCase});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, StartsWith(kOneCase + "  (done, study one)\n"));
  EXPECT_THAT(end.out, ContainsRegex("deploy +done +0:02  70819840 BitOPs +\\./store/stages/"));
  EXPECT_THAT(end.out, ContainsRegex("evaluate holdout +done +0:02  holdout [0-9.]+ % of 400 images "));
  EXPECT_THAT(end.out, ContainsRegex("site +weight bits +activation bits\nlayer1\\.0\\.conv1 +3 +3\n"));
}

TEST_F(Command, ShowAsJsonHasSummaryAndEnvironmentOfEveryStage) {
  mpq({"run", "one"});
  const auto json = Json::parse(mpq({"show", kOneCase, "--json"}).out);
  ASSERT_EQ(json["stages"].size(), 4u);
  EXPECT_EQ(json["stages"][2]["kind"], "deploy");
  EXPECT_EQ(json["stages"][2]["summary"]["policy"]["weight_bits"], Json::parse("[3,3]"));
  EXPECT_EQ(json["stages"][2]["environment"]["cpu"], "fake");
}

TEST_F(Command, ShowOfAFailedCasePrintsItsErrorAndWithLogItsLogs) {
  mpq({"run", "one"}, {{"MPQ_FAKE", "fail@deploy"}});
  const auto end = mpq({"show", kOneCase, "--log"});
  EXPECT_THAT(end.out, HasSubstr("(failed, study one)\n"));
  EXPECT_THAT(end.out, HasSubstr("mpq: error: loss is NaN\n  where:    step 3\n"));
  EXPECT_THAT(end.out, ContainsRegex(
                           "== [-0-9]+ [:0-9]+  deploy lsq/.*, attempt 1\nstarting at step 0 as deploy lsq"));
  EXPECT_THAT(end.out, HasSubstr("(no log: this stage has not started here)\n"));
}

TEST_F(Command, ReportPrintsAndWritesTables) {
  mpq({"run", "quick", "--jobs", "2"});
  const auto end = mpq({"report", "quick", "--out", "here"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("RFQuant"));
  EXPECT_THAT(end.err, HasSubstr("report: here/report.md\n"));
  EXPECT_TRUE(fs::exists(path("here/report.md")));
  EXPECT_TRUE(fs::exists(path("here/results.csv")));
  EXPECT_TRUE(Json::parse(mpq({"report", "quick", "--json"}).out).is_object());
}

TEST_F(Command, ReportHoldsPrintedNumbersAgainstOurs) {
  mpq({"run", "quick", "--jobs", "2"});
  write("published.csv",
        "network,dataset,method,budget,metric,value\nresnet8,synthetic,lsq,w3a3,top1,85\n"
        "resnet8,synthetic,lsq,w3a3,top1,12.5\nresnet8,synthetic,haq,w3a3,top1,85\n");
  const auto end = mpq({"report", "quick", "--against", "published.csv"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("published.csv against this study\n"));
  EXPECT_THAT(
      end.out,
      ContainsRegex("2 +resnet8 +synthetic +lsq \\(LSQ\\) +w3a3 +top1 +85 .* holdout +inside the interval"));
  EXPECT_THAT(end.out, ContainsRegex("3 +resnet8 .* 12\\.5 .* outside the interval"));
  EXPECT_THAT(end.out, ContainsRegex("4 +resnet8 .* no such case"));
}

TEST_F(Command, CheckHandsOverToTheWorker) {
  EXPECT_EQ(mpq({"check", "lsq"}).out, "checked lsq\n");
  EXPECT_EQ(mpq({"check", "lsq", "--json"}).out, "checked lsq as JSON\n");
}

TEST_F(Command, IndexRebuiltFromFilesAnswersAsBefore) {
  mpq({"run", "quick", "--jobs", "2"});
  const auto before = mpq({"show", kOneCase, "--json"}).out + mpq({"status"}).out;
  fs::remove(path("store/index.sqlite"));
  const auto end = mpq({"index", "--rebuild"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(end.out, "./store/index.sqlite: 14 stages, 1 studies\n");
  EXPECT_EQ(mpq({"show", kOneCase, "--json"}).out + mpq({"status"}).out, before);
}

TEST_F(Command, IndexNamesFilesThatItLeavesOut) {
  mpq({"run", "one"});
  const auto damaged = store().stage_path(store().finished_keys().front());
  fs::resize_file(damaged, fs::file_size(damaged) - 1);
  const auto end = mpq({"index", "--rebuild"});
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_THAT(end.err, StartsWith("mpq: left out: stage "));
  EXPECT_EQ(end.out, "./store/index.sqlite: 3 stages, 1 studies\n");
}

TEST_F(Command, EnvTellsProgramsMachineAndData) {
  const auto json = Json::parse(mpq({"env", "--json"}).out);
  EXPECT_EQ(json["programs"]["state"], "worker and catalogue belong together");
  EXPECT_EQ(json["programs"]["environment"]["libtorch"], "0.0") << "the worker's own words";
  EXPECT_GE(json["machine"]["cores"], 1);
  EXPECT_EQ(json["data"]["sets"]["synthetic"], "made from a formula");
  EXPECT_EQ(json["data"]["sets"]["cifar10"], "missing cifar-10-batches-bin");
  EXPECT_THAT(mpq({"env"}).out, HasSubstr("\ndata/sets/synthetic: made from a formula\n"));
}

}  // namespace
}  // namespace mpq::testing
