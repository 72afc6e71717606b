#include <gmock/gmock.h>

#include "models/checkpoint.h"
#include "tests/support/error_of.h"
#include "tests/unit/models_checkpoint/pickle_writer.h"

namespace mpq::models {
namespace {

using namespace mpq::testing;
using ::testing::HasSubstr;

std::string around(const std::string& other) {
  return dict(text("net") + dict(text("w") + TensorText{}.str()) + text("other") + other);
}

Checkpoint read(const std::string& object, const ReadLimits& limits = {}) {
  return read_checkpoint_bytes(LegacyFile{object}.str(), "w.th", {.limits = limits});
}

torch::Tensor read_one(const TensorText& tensor) {
  return read(dict(text("w") + tensor.str())).tensors.at(0).second;
}

std::string refusal(const std::string& object, const ReadLimits& limits = {}) {
  return error_of([&] { read(object, limits); }).parts().what;
}

std::string tensor_refusal(const TensorText& tensor) { return refusal(dict(text("w") + tensor.str())); }

torch::Tensor values(std::vector<float> numbers) { return torch::tensor(numbers); }

TEST(PickleTensor, IsTheStridedViewOfItsStorage) {
  EXPECT_TRUE(read_one({}).equal(values({1, 2, 3, 4, 5, 6}).view({2, 3})));
  EXPECT_TRUE(read_one({.sizes = {3, 2}, .strides = {1, 3}}).equal(values({1, 4, 2, 5, 3, 6}).view({3, 2})));
  EXPECT_TRUE(read_one({.offset = 1, .sizes = {2}, .strides = {4}}).equal(values({2, 6})));
  EXPECT_TRUE(read_one({.offset = 5, .sizes = {4}, .strides = {0}}).equal(values({6, 6, 6, 6})));
  EXPECT_TRUE(read_one({.offset = 2, .sizes = {}, .strides = {}}).equal(torch::tensor(3.0F)));
  EXPECT_EQ(read_one({.offset = 6, .sizes = {0, 7}, .strides = {7, 1}}).sizes(), (torch::IntArrayRef{0, 7}));
}

TEST(PickleTensor, CountsFromItsStorageView) {
  const auto view = [](int offset, int count) { return tuple(text("9") + whole(offset) + whole(count)); };
  EXPECT_TRUE(
      read_one({.view = view(2, 3), .offset = 1, .sizes = {2}, .strides = {1}}).equal(values({4, 5})));
  EXPECT_THAT(tensor_refusal({.view = view(2, 3), .offset = 2, .sizes = {2}, .strides = {1}}),
              HasSubstr("reaches past its storage"));
  EXPECT_THAT(tensor_refusal({.view = view(4, 3), .sizes = {1}, .strides = {1}}),
              HasSubstr("a storage view of 3 elements at offset 4"));
}

TEST(PickleTensor, StaysWithinItsStorage) {
  EXPECT_EQ(tensor_refusal({.sizes = {7}, .strides = {1}}),
            "shape [7] with strides [1] and offset 0 reaches past its storage");
  EXPECT_EQ(tensor_refusal({.offset = 6, .sizes = {1}, .strides = {1}}),
            "shape [1] with strides [1] and offset 6 reaches past its storage");
  EXPECT_EQ(tensor_refusal({.offset = -1, .sizes = {1}, .strides = {1}}), "a storage offset of -1");
  EXPECT_EQ(tensor_refusal({.sizes = {2}, .strides = {-1}}), "a stride of -1");
  EXPECT_EQ(tensor_refusal({.sizes = {2, 3}, .strides = {1}}), "shape [2, 3] with strides [1]");
}

TEST(PickleTensor, HooksAndMetadataAreEmpty) {
  EXPECT_NO_THROW(read_one({.hooks = "N"}));
  EXPECT_NO_THROW(read_one({.metadata = "}"}));
  EXPECT_EQ(tensor_refusal({.hooks = dict(text("a") + whole(1))}), "a tensor with hooks");
  EXPECT_EQ(tensor_refusal({.metadata = dict(text("neg") + "\x88")}), "a tensor with metadata");
}

TEST(PickleTensor, ManyCopiesOfOneStorageMayNotFillTheMemory) {
  // 65,536 × 60 floats are 15 MiB: below what a small file may expand to once, not twice.
  const TensorText big{.sizes = {65536, 60}, .strides = {0, 0}};
  EXPECT_NO_THROW(read_one(big));
  EXPECT_EQ(refusal(dict(text("a") + big.str() + text("b") + big.str())),
            "the tensors need much more memory than the file has bytes");
}

TEST(Pickle, AnOrderedDictOfPython2IsRead) {
  const auto pairs = list(list(text("w") + TensorText{}.str()));
  const auto found = read(global("collections", "OrderedDict") + tuple(pairs) + "R");
  EXPECT_EQ(found.tensors.at(0).first, "w");
}

TEST(Pickle, StringsOfPython2AreRead) {
  const auto found = read(
      dict(std::string("U\1w") + TensorText{}.str() + "T" + le(std::int32_t{2}) + "v1" + TensorText{}.str()));
  EXPECT_EQ(found.tensors.at(0).first, "w");
  EXPECT_EQ(found.tensors.at(1).first, "v1");
}

TEST(Pickle, PlainThingsBesideTheWeightsAreRead) {
  const auto long_70_bits = std::string("\x8a\x09\0\0\0\0\0\0\0\0\x40", 11);
  for (const auto& other :
       {std::string("N"), whole(-7), long_70_bits, list("N]"), tuple(whole(1) + "}"), std::string("C\2ab")})
    EXPECT_EQ(read(around(other)).tensors.size(), 1U);
}

TEST(Pickle, LongsHaveTheirSign) {
  const auto read_long = [](const std::string& digits) {
    return read(around("\x8a" + le(static_cast<std::uint8_t>(digits.size())) + digits))
        .metadata.at("other")
        .get<std::int64_t>();
  };
  EXPECT_EQ(read_long(""), 0);
  EXPECT_EQ(read_long("\xff"), -1);
  EXPECT_EQ(read_long(std::string("\xff\0", 2)), 255);
  EXPECT_EQ(read_long(std::string("\0\x80", 2)), -32768);
  EXPECT_EQ(read_long(std::string("\0\0\0\0\0\0\0\x80", 8)), INT64_MIN);
}

TEST(Pickle, EveryOtherNameIsRefusedAtOnce) {
  for (const auto& [module, name] :
       std::vector<std::pair<std::string, std::string>>{{"os", "system"},
                                                        {"builtins", "getattr"},
                                                        {"torch", "load"},
                                                        {"torch._utils", "_rebuild_qtensor"},
                                                        {"collections", "OrderedDict.fromkeys"},
                                                        {"torch", "FloatStorage.__init__"},
                                                        {"torch.nn.modules.linear", "Linear"},
                                                        {"", "FloatStorage"}})
    EXPECT_EQ(refusal(around(global(module, name))),
              "the checkpoint names '" + module + "." + name + "', which is no part of a tensor");
}

TEST(Pickle, NamesAreRefusedOutsideOfTheWeights) {
  auto file = LegacyFile{dict(text("w") + TensorText{}.str())}.str();
  const auto keys = file.rfind(kBegin);
  file.replace(keys + 2, 1, global("collections", "OrderedDict"));
  EXPECT_EQ(error_of([&] { read_checkpoint_bytes(file, "w.th"); }).parts().what,
            "the checkpoint names 'collections.OrderedDict', which is no part of a tensor");
}

TEST(Pickle, OpcodesThatTorchDoesNotWriteAreRefused) {
  const std::vector<std::pair<std::string, std::string>> opcodes{
      {"N0", "POP"},           {"2", "DUP"},
      {"F1.5\n", "FLOAT"},     {"I1\n", "INT"},
      {"L1\n", "LONG"},        {"Pabc\n", "PERSID"},
      {"S'a'\n", "STRING"},    {"(l", "LIST"},
      {"(d", "DICT"},          {"(ios\nsystem\n", "INST"},
      {"(o", "OBJ"},           {"\x81", "NEWOBJ"},
      {"\x82\x01", "EXT1"},    {"\x8f", "EMPTY_SET"},
      {"\x97", "NEXT_BUFFER"}, {"\xfe", "0xfe"}};
  for (const auto& [bytes, name] : opcodes)
    EXPECT_EQ(refusal(around(bytes)),
              "the pickle has the opcode " + name + ", which torch.save does not use for weights");
}

TEST(Pickle, CallsOfKnownNamesWithOtherArgumentsAreRefused) {
  EXPECT_EQ(refusal(around(global("collections", "OrderedDict") + tuple(whole(1)) + "R")),
            "an OrderedDict of other arguments");
  EXPECT_EQ(refusal(around(global("torch", "FloatStorage") + ")R")), "'torch.FloatStorage' is called");
  EXPECT_EQ(refusal(around(text("f") + ")R")), "a string is called");
  EXPECT_EQ(refusal(around(global("torch._utils", "_rebuild_tensor") + tuple(whole(1)) + "R")),
            "a tensor of 1 arguments");
  EXPECT_EQ(refusal(around(global("torch._utils", "_rebuild_parameter") + tuple(text("w") + "\x88}") + "R")),
            "a parameter around a string");
}

TEST(Pickle, AStateIsSetOnlyOnADict) {
  EXPECT_NO_THROW(read(around("}}b")));
  EXPECT_EQ(refusal(around("]}b")), "a state is set on a list");
}

TEST(Pickle, LimitsHold) {
  ReadLimits limits;
  limits.values = 100;
  std::string many;
  for (int i = 0; i < 100; ++i) many += "N";
  EXPECT_EQ(refusal(around(list(many)), limits), "the pickle has more than 100 objects");
  std::string repeated;
  for (int i = 0; i < 101; ++i) repeated += std::string("h\0", 2);
  EXPECT_EQ(refusal(around(list(std::string("Nq\0", 3) + repeated)), limits),
            "the pickle keeps more than 100 objects on its stack");
  limits = {};
  limits.tensors = 1;
  EXPECT_EQ(refusal(dict(text("a") + TensorText{}.str() + text("b") + TensorText{}.str()), limits),
            "more than 1 tensors");
}

TEST(Pickle, CopiesOfOneContainerMayNotFillTheMemory) {
  ReadLimits limits;
  limits.items = 1000;
  std::string pairs;  // 100 entries that are one and the same pair, remembered
  for (int i = 0; i < 100; ++i) pairs += std::string("h\0", 2);
  const auto pair = list(text("a") + whole(1)) + std::string("q\0", 2);
  const auto remembered = list(pairs) + std::string("q\1", 2);
  std::string copies;
  for (int i = 0; i < 10; ++i)
    copies += global("collections", "OrderedDict") + tuple(std::string("h\1", 2)) + "R";
  EXPECT_EQ(refusal(around(list(pair + remembered + copies)), limits),
            "the containers of the pickle hold more than 1000 entries");
}

TEST(Pickle, OneDictionaryUnderManyNamesIsCountedBeforeItIsCopied) {
  ReadLimits limits;
  limits.tensors = 10;
  auto root = text("a") + dict(text("w") + TensorText{}.str() + text("v") + TensorText{}.str()) +
              std::string("q\0", 2);
  for (char name = 'b'; name < 'g'; ++name) root += text({name}) + std::string("h\0", 2);
  EXPECT_EQ(refusal(dict(root), limits), "the checkpoint has 12 tensors or more");
}

TEST(Pickle, NestingIsLimitedAlsoWhereContainersAreShared) {
  // A tuple of lists, each holding the one before twice: 2^levels paths through levels + 1 lists.
  const auto shared = [](std::uint8_t levels) {
    std::string lists("]q\0", 3);
    for (std::uint8_t i = 0; i < levels; ++i) {
      const auto before = std::string("h") + le(i);
      lists += list(before + before) + "q" + le(static_cast<std::uint8_t>(i + 1));
    }
    return tuple(lists);
  };
  // The dict, the tuple and 31 lists are 33 containers, 32 of them inside another.
  EXPECT_NO_THROW(read(around(shared(30))));
  EXPECT_EQ(refusal(around(shared(31))), "containers are nested more than 32 deep");
}

TEST(Pickle, TheWholeMessageOfAFunction) {
  const auto error =
      error_of([&] { read(around(global("os", "system") + tuple(text("touch PWNED")) + "R")); });
  EXPECT_EQ(error.kind(), ErrorKind::input);
  EXPECT_THAT(
      std::string(error.what()),
      ::testing::MatchesRegex("error: the checkpoint names 'os.system', which is no part of a tensor\n"
                              "  where:    w.th, pickle of the weights at byte [0-9]+, byte [0-9]+\n"
                              "  expected: tensors only: a checkpoint must not call functions or hold "
                              "objects of other classes; nothing was executed\n"
                              "  fix:      save the weights alone: torch.save\\(model.state_dict\\(\\), "
                              "FILE\\), or a .safetensors file"));
}

TEST(LegacyLayout, StoragesAreExactlyThoseOfTheTensors) {
  LegacyFile file{dict(text("w") + TensorText{}.str())};
  file.storages.emplace_back("1", std::vector<float>{7});
  EXPECT_EQ(error_of([&] { read_checkpoint_bytes(file.str(), "w.th"); }).parts().what,
            "the storage key '1' is unknown or given twice");
  file.storages.clear();
  EXPECT_EQ(error_of([&] { read_checkpoint_bytes(file.str(), "w.th"); }).parts().what,
            "storage 0 is not in the list of storages");
}

TEST(LegacyLayout, TheFileEndsWithItsLastStorage) {
  const auto file = LegacyFile{dict(text("w") + TensorText{}.str())}.str();
  EXPECT_EQ(error_of([&] { read_checkpoint_bytes(file + "x", "w.th"); }).parts().what,
            "1 bytes after the last storage");
  EXPECT_EQ(error_of([&] { read_checkpoint_bytes(file.substr(0, file.size() - 1), "w.th"); }).parts().what,
            "storage 0 needs 24 bytes, the file ends before");
}

}  // namespace
}  // namespace mpq::models
