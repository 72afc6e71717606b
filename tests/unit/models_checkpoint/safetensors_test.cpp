#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/file.h"
#include "core/random.h"
#include "models/checkpoint.h"
#include "tests/support/error_of.h"
#include "tests/support/peak_memory.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/models_checkpoint/expected_file.h"
#include "tests/unit/models_checkpoint/pickle_writer.h"

namespace mpq::models {
namespace {

using namespace mpq::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string file_of(const std::string& header, const std::string& data) {
  return le(static_cast<std::uint64_t>(header.size())) + header + data;
}

Checkpoint read(const std::string& header, const std::string& data = std::string(8, '\0'),
                const ReadLimits& limits = {}) {
  return read_checkpoint_bytes(file_of(header, data), "w.safetensors", {.limits = limits});
}

std::string refusal(const std::string& header, const std::string& data = std::string(8, '\0'),
                    const ReadLimits& limits = {}) {
  return error_of([&] { read(header, data, limits); }).parts().what;
}

/// A header of one tensor `w` with other fields than it should have.
std::string one(const std::string& fields) { return R"({"w":{)" + fields + "}}"; }

const std::string kGood = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

TEST(SafetensorsReader, ReadsWhatTheHeaderSays) {
  const auto found =
      read(R"({"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})",
           le(1.5F) + le(-2.0F));
  ASSERT_EQ(found.tensors.size(), 1U);
  EXPECT_TRUE(found.tensors[0].second.equal(torch::tensor({{1.5F, -2.0F}})));
  EXPECT_EQ(found.metadata, (Json{{"k", "v"}}));
}

TEST(SafetensorsReader, RefusesEveryFieldOfAnotherKind) {
  EXPECT_NO_THROW(read(one(kGood)));
  for (const std::string fields : {R"("dtype":1,"shape":[2],"data_offsets":[0,8])",
                                   R"("dtype":["F32"],"shape":[2],"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":2,"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":[[2]],"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":{"a":2},"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":[true],"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":[null],"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":[2e0],"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])",
                                   R"("dtype":"F32","shape":["2"],"data_offsets":[0,8])"})
    EXPECT_THAT(refusal(one(fields)), HasSubstr("in the wrong place")) << fields;
  EXPECT_THAT(refusal(R"({"w":[]})"), HasSubstr("in the wrong place"));
  EXPECT_THAT(refusal(R"({"w":1})"), HasSubstr("in the wrong place"));
  EXPECT_THAT(refusal(R"({"__metadata__":{"a":1}})"), HasSubstr("in the wrong place"));
}

TEST(SafetensorsReader, RefusesMissingRepeatedAndUnknownFields) {
  EXPECT_EQ(refusal(one(R"("dtype":"F32","shape":[2])")), "a field of the tensor is missing");
  EXPECT_EQ(refusal(one(kGood + R"(,"dtype":"F32")")), "'dtype' is given twice");
  EXPECT_EQ(refusal(one(kGood + R"(,"strides":[1])")), "unknown field 'strides'");
  EXPECT_EQ(refusal(R"({"w":{)" + kGood + R"(},"w":{)" + kGood + "}}"), "'w' is given twice");
  EXPECT_EQ(refusal(R"({"__metadata__":{},"__metadata__":{}})"), "'__metadata__' is given twice");
}

TEST(SafetensorsReader, RefusesSizesThatDoNotFitTheData) {
  EXPECT_EQ(refusal(one(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])")),
            "the shape [3] does not fit its 8 bytes");
  EXPECT_EQ(refusal(one(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])")),
            "the shape [4294967296, 4294967296] does not fit its 0 bytes");
  EXPECT_EQ(refusal(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,9])")), "the data_offsets are [0, 9]");
  EXPECT_EQ(refusal(one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,8])")),
            "the data_offsets are [0, 8, 8]");
  EXPECT_EQ(refusal(one(kGood), std::string(9, '\0')), "1 bytes after the last tensor");
}

TEST(SafetensorsReader, RefusesBooleansThatAreNone) {
  const auto header = one(R"("dtype":"BOOL","shape":[2],"data_offsets":[0,2])");
  EXPECT_NO_THROW(read(header, std::string("\0\1", 2)));
  EXPECT_EQ(refusal(header, std::string("\0\2", 2)), "a boolean is neither 0 nor 1");
}

TEST(SafetensorsReader, LimitsHold) {
  ReadLimits limits;
  limits.header_bytes = 10;
  EXPECT_THAT(refusal(one(kGood), std::string(8, '\0'), limits), StartsWith("the header is said to have"));
  limits = {};
  limits.tensors = 0;
  EXPECT_EQ(refusal(one(kGood), std::string(8, '\0'), limits), "more than 0 tensors");
  limits.tensors = 2;
  const auto described = [](const std::string& metadata) {
    return R"({"__metadata__":{)" + metadata + R"(},"w":{)" + kGood + "}}";
  };
  EXPECT_NO_THROW(read(described(R"("a":"","b":"")"), std::string(8, '\0'), limits));
  EXPECT_EQ(refusal(described(R"("a":"","b":"","c":"")"), std::string(8, '\0'), limits),
            "more than 2 entries of __metadata__");
}

// Two million entries of twelve bytes: half a gigabyte of nodes and strings if all were kept.
TEST(SafetensorsReader, MetadataOfManyEntriesIsRefusedInLittleMemory) {
  std::string header = R"({"__metadata__":{"0":"")";
  for (int i = 1; header.size() < 24'000'000; ++i) header += ",\"" + std::to_string(i) + "\":\"\"";
  header += "}}";
  const auto bytes = file_of(header, "");
  const bool measured = reset_peak();
  const auto held_kib = status_kib("VmRSS");
  EXPECT_EQ(error_of([&] { read_checkpoint_bytes(bytes, "w.safetensors"); }).parts().what,
            "more than 100000 entries of __metadata__");
  if (measured) {
    EXPECT_LT(status_kib("VmHWM") - held_kib, std::int64_t{256} * 1024);
  }
}

TEST(SafetensorsReader, AHeaderWhoseLengthLooksLikeAPickleIsStillOne) {
  auto header = one(kGood);
  header.resize(0x0280, ' ');  // the file begins 80 02, as a pickle does
  EXPECT_EQ(read_checkpoint_bytes(file_of(header, std::string(8, '\0')), "w.bin").tensors.size(), 1U);
}

TEST(SafetensorsReader, NamesCannotSteerATerminal) {
  const auto what = refusal(R"({"\u001b[2J\u007f":{"dtype":"X","shape":[],"data_offsets":[0,8]}})");
  const auto where =
      error_of([&] { read(R"({"\u001b[2J\u007f":{"dtype":"X","shape":[],"data_offsets":[0,8]}})"); })
          .parts()
          .where;
  EXPECT_EQ(what, "the dtype 'X' is unknown");
  EXPECT_EQ(where, R"(w.safetensors, tensor '\u001b[2J')");
}

TEST(SafetensorsReader, TheWholeMessageOfAHole) {
  EXPECT_STREQ(error_of([] { read(one(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])")); }).what(),
               "error: bytes 0 to 4 of the data belong to no tensor\n"
               "  where:    w.safetensors\n"
               "  expected: every byte in exactly one tensor\n"
               "  fix:      get the file again from its source; this copy is damaged or was tampered with");
}

constexpr std::array kTypes{torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16,
                            torch::kInt64,   torch::kInt32,   torch::kInt16,   torch::kInt8,
                            torch::kUInt8,   torch::kBool};

/// Between 0 and 12 tensors of every type, rank 0 to 4, sizes 0 to 5, from a counter-based stream.
StateDict random_state(std::uint64_t seed) {
  std::uint64_t state = seed * 2 + 1;
  const auto draw = [&](std::int64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(below));
  };
  StateDict tensors;
  for (std::int64_t i = draw(13); i > 0; --i) {
    std::vector<std::int64_t> shape;
    for (std::int64_t rank = draw(5); rank > 0; --rank) shape.push_back(draw(6));
    const auto type = kTypes[static_cast<std::size_t>(draw(10))];
    std::int64_t count = 1;
    for (const auto size : shape) count *= size;
    auto numbers = torch::empty({count}, torch::kFloat64);
    for (std::int64_t k = 0; k < count; ++k)
      numbers[k] = static_cast<double>(draw(200)) - (type == torch::kUInt8 ? 0 : 100);
    auto tensor = numbers.view(shape).to(type);
    if (shape.size() == 4 && draw(2) == 1) tensor = tensor.contiguous(torch::MemoryFormat::ChannelsLast);
    if (shape.size() == 2 && draw(2) == 1) tensor = tensor.t();
    tensors.emplace_back("tensor." + std::to_string(i) + (draw(3) == 0 ? ".é\"\n" : ""), tensor);
  }
  return tensors;
}

TEST(SafetensorsWriterProperty, ReadingGivesBackNamesOrderTypesShapesAndValues) {
  const TempFolder folder(TempFolder::Place::memory);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto tensors = random_state(seed);
    const Json metadata = seed % 3 == 0 ? Json() : Json{{"seed", std::to_string(seed)}, {"é", "\"\\\n"}};
    write_safetensors(folder / "w.safetensors", tensors, metadata);
    const auto found = read_checkpoint(folder / "w.safetensors");
    EXPECT_EQ(found.metadata, metadata.is_null() ? Json::object() : metadata);
    ASSERT_EQ(found.tensors.size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      EXPECT_EQ(found.tensors[i].first, tensors[i].first);
      EXPECT_TRUE(same_tensor(found.tensors[i].second, tensors[i].second)) << tensors[i].first;
    }
  }
}

TEST(SafetensorsWriterProperty, TheSameTensorsGiveTheSameBytesAndAlignedData) {
  const TempFolder folder(TempFolder::Place::memory);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    write_safetensors(folder / "a", random_state(seed), {{"b", "2"}, {"a", "1"}});
    write_safetensors(folder / "b", random_state(seed), {{"a", "1"}, {"b", "2"}});
    const auto bytes = read_file(folder / "a");
    EXPECT_EQ(bytes, read_file(folder / "b")) << seed;
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    EXPECT_EQ(length % 8, 0U);
    const auto header = Json::parse(bytes.substr(8, length));
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") continue;
      const std::int64_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
      std::int64_t count = 1;
      for (const auto& size : entry["shape"]) count *= size.get<std::int64_t>();
      if (count == 0) continue;
      EXPECT_EQ(begin % ((end - begin) / count), 0) << name;
    }
  }
}

TEST(SafetensorsWriter, StoresOtherMetadataAsTheirJson) {
  const TempFolder folder;
  write_safetensors(folder / "w", {{"w", torch::ones({1})}}, {{"policy", {{"w", {3, 4}}}}, {"key", "abc"}});
  const auto found = read_checkpoint(folder / "w");
  EXPECT_EQ(found.metadata, (Json{{"policy", R"({"w":[3,4]})"}, {"key", "abc"}}));
}

TEST(SafetensorsWriter, WritesTheBytesOfTheFormat) {
  const TempFolder folder;
  write_safetensors(
      folder / "w",
      {{"b", torch::tensor(std::vector<std::uint8_t>{7}, torch::kUInt8)}, {"w", torch::tensor({1.0F})}},
      {{"k", "v"}});
  const std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"data_offsets":[4,5],"dtype":"U8","shape":[1]},)"
      R"("w":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  const auto padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(read_file(folder / "w"), file_of(padded, le(1.0F) + "\7"));
}

TEST(SafetensorsWriter, LeavesTheOldFileWhereItCannotWrite) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] {
              write_safetensors(folder / "none/w", {{"w", torch::ones({1})}});
            }).kind(),
            ErrorKind::environment);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SafetensorsWriter, RefusesWhatTheFormatCannotHold) {
  const TempFolder folder;
  const auto kind = [&](const StateDict& tensors, const Json& metadata = nullptr) {
    return error_of([&] { write_safetensors(folder / "w", tensors, metadata); }).kind();
  };
  EXPECT_EQ(kind({{"a", torch::ones({1})}, {"a", torch::ones({1})}}), ErrorKind::bug);
  EXPECT_EQ(kind({{"__metadata__", torch::ones({1})}}), ErrorKind::bug);
  EXPECT_EQ(kind({{"\xff", torch::ones({1})}}), ErrorKind::bug);
  EXPECT_EQ(kind({{"a", torch::ones({1}, torch::kComplexFloat)}}), ErrorKind::bug);
  EXPECT_EQ(kind({{"a", torch::Tensor()}}), ErrorKind::bug);
  EXPECT_EQ(kind({}, Json::array()), ErrorKind::bug);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace mpq::models
