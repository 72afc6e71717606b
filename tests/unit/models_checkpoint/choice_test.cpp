// Which weights are taken from a checkpoint, and under which names.
#include <gmock/gmock.h>

#include <fstream>

#include "models/checkpoint.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/models_checkpoint/pickle_writer.h"

namespace mpq::models {
namespace {

using namespace mpq::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kTensor = TensorText{}.str();

std::string weights(const std::string& name) { return dict(text(name) + kTensor); }

Checkpoint read(const std::string& object, const ReadOptions& options = {}) {
  return read_checkpoint_bytes(LegacyFile{object}.str(), "w.th", options);
}

std::vector<std::string> names(const Checkpoint& checkpoint) {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : checkpoint.tensors) all.push_back(name);
  return all;
}

TEST(CheckpointChoice, ADictOfTensorsIsTaken) {
  EXPECT_THAT(names(read(dict(text("b") + kTensor + text("a") + kTensor))), ElementsAre("b", "a"));
}

TEST(CheckpointChoice, TheOnlyDictOfTensorsIsTakenWhateverItsName) {
  EXPECT_THAT(names(read(dict(text("backbone") + weights("w") + text("optimizer") +
                              dict(text("state") + weights("m"))))),
              ElementsAre("w"));
}

TEST(CheckpointChoice, UsualNamesComeFirst) {
  const auto object =
      dict(text("model") + weights("m") + text("ema") + weights("e") + text("other") + weights("o"));
  EXPECT_THAT(names(read(object)), ElementsAre("m"));
  EXPECT_THAT(names(read(object, {.dictionary = "ema"})), ElementsAre("e"));
  EXPECT_THAT(names(read(object, {.dictionary = "other"})), ElementsAre("o"));
}

TEST(CheckpointChoice, EmaStandsForItsCustomaryNames) {
  for (const std::string name : {"state_dict_ema", "ema_state_dict", "model_ema"})
    EXPECT_THAT(
        names(read(dict(text("model") + weights("m") + text(name) + weights("e")), {.dictionary = "ema"})),
        ElementsAre("e"));
}

TEST(CheckpointChoice, AnUnknownNameIsRefusedWithTheNearest) {
  const auto object = dict(text("state_dict") + weights("m") + text("state_dict_ema") + weights("e"));
  EXPECT_STREQ(error_of([&] { read(object, {.dictionary = "state_dikt"}); }).what(),
               "error: the checkpoint has no weight dictionary 'state_dikt'\n"
               "  where:    w.th\n"
               "  expected: one of: 'state_dict', 'state_dict_ema'\n"
               "  fix:      did you mean 'state_dict'?");
}

TEST(CheckpointChoice, SeveralUnusualNamesAreNotGuessed) {
  const auto error =
      error_of([&] { read(dict(text("left") + weights("l") + text("right") + weights("r"))); });
  EXPECT_EQ(error.parts().what, "the checkpoint has several weight dictionaries");
  EXPECT_EQ(error.parts().expected, "one of: 'left', 'right'");
}

TEST(CheckpointChoice, NoTensorsIsRefusedAndSaysWhatIsThere) {
  const auto what = [](const std::string& object) {
    return error_of([&] { read_checkpoint_bytes(LegacyFile{object, {}}.str(), "w.th"); }).parts().what;
  };
  EXPECT_EQ(what(whole(7)), "the checkpoint has no dict of tensors, only an integer");
  EXPECT_EQ(what("}"), "the checkpoint has no dict of tensors, only an empty dict");
  EXPECT_EQ(what(dict(text("epoch") + whole(3) + whole(5) + "]")),
            "the checkpoint has no dict of tensors, only a dict with 'epoch' (an integer), 5 (a list)");
}

TEST(CheckpointChoice, ADictOfTensorsAndOtherThingsIsNoWeights) {
  EXPECT_THAT(error_of([&] { read(dict(text("w") + kTensor + text("epoch") + whole(3))); }).parts().what,
              HasSubstr("no dict of tensors"));
}

TEST(CheckpointChoice, ScalarsBesideTheWeightsAreMetadata) {
  const auto found = read(dict(text("epoch") + whole(200) + text("arch") + text("tiny") + text("done") +
                               "\x88" + text("best") + "G" + std::string("\x40\x51\xd0\0\0\0\0\0", 8) +
                               text("none") + "N" + text("list") + "]" + text("net") + weights("w")));
  EXPECT_EQ(found.metadata, (Json{{"epoch", 200}, {"arch", "tiny"}, {"done", true}, {"best", 71.25}}));
}

TEST(CheckpointChoice, ThePrefixIsStrippedOnlyIfEveryNameHasIt) {
  const auto two = [](const std::string& a, const std::string& b) {
    return dict(text(a) + kTensor + text(b) + kTensor);
  };
  EXPECT_THAT(names(read(two("module.a", "module.module.b"))), ElementsAre("a", "module.b"));
  EXPECT_THAT(names(read(two("module.a", "b"))), ElementsAre("module.a", "b"));
  EXPECT_THAT(names(read(two("module.a", "module.b"), {.strip_module_prefix = false})),
              ElementsAre("module.a", "module.b"));
}

TEST(CheckpointChoice, ContentDecidesNotTheName) {
  const TempFolder folder;
  write_safetensors(folder / "weights.pth", {{"w", torch::ones({2})}});
  EXPECT_THAT(names(read_checkpoint(folder / "weights.pth")), ElementsAre("w"));
  std::ofstream(folder / "weights.pt.tar") << LegacyFile{weights("v")}.str();
  EXPECT_THAT(names(read_checkpoint(folder / "weights.pt.tar")), ElementsAre("v"));
}

TEST(CheckpointChoice, APickleNamedSafetensorsIsRefused) {
  const auto error =
      error_of([&] { read_checkpoint_bytes(LegacyFile{weights("w")}.str(), "w.safetensors"); });
  EXPECT_EQ(error.parts().what, "the file is named .safetensors and is a PyTorch checkpoint");
}

TEST(CheckpointChoice, AMissingFileAFolderAndAPipeAreRefused) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { read_checkpoint(folder / "none.pth"); }).parts().what,
            "cannot open the checkpoint: No such file or directory");
  EXPECT_EQ(error_of([&] { read_checkpoint(folder.path()); }).parts().what,
            "the checkpoint is not a regular file");
  ASSERT_EQ(std::system(("mkfifo " + (folder / "pipe")).c_str()), 0);
  EXPECT_EQ(error_of([&] { read_checkpoint(folder / "pipe"); }).parts().what,
            "the checkpoint is not a regular file");
}

}  // namespace
}  // namespace mpq::models
