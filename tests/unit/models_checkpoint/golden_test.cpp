// Every checkpoint of the golden folder, as PyTorch and others write them, against its recorded content.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/hash.h"
#include "tests/support/error_of.h"
#include "tests/unit/models_checkpoint/expected_file.h"

namespace mpq::models {
namespace {

using testing::ExpectedFile;
namespace fs = std::filesystem;

std::vector<std::string> expected_files() {
  const char* golden = std::getenv("MPQ_GOLDEN");
  const auto folder = fs::path(golden != nullptr ? golden : "") / "checkpoints";
  std::vector<std::string> files;
  if (golden == nullptr || !fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().string().ends_with(".expected.h5")) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string checkpoint_of(const std::string& expected) {
  return expected.substr(0, expected.size() - std::string(".expected.h5").size());
}

void expect_same(const StateDict& found, const StateDict& expected, const std::string& file) {
  ASSERT_EQ(found.size(), expected.size());
  // A pickled dict is in the order in which it was made; a safetensors header, a JSON object, has no order.
  for (std::size_t i = 0; i < found.size() && !file.ends_with(".safetensors"); ++i)
    EXPECT_EQ(found[i].first, expected[i].first) << "tensor " << i;
  const std::map<std::string, torch::Tensor> by_name(found.begin(), found.end());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(by_name.contains(name)) << name;
    EXPECT_TRUE(testing::same_tensor(by_name.at(name), tensor)) << name << "\n" << by_name.at(name) << tensor;
    EXPECT_TRUE(by_name.at(name).is_contiguous()) << name;
  }
}

#define MPQ_GOLDEN_OR_SKIP(files)      \
  const auto files = expected_files(); \
  if (files.empty()) GTEST_SKIP() << "no golden checkpoints: set MPQ_GOLDEN to the folder of recordings"

TEST(golden_checkpoints, EveryDictionaryHasTheRecordedNamesTypesShapesAndValues) {
  MPQ_GOLDEN_OR_SKIP(files);
  for (const auto& path : files) {
    SCOPED_TRACE(path);
    const auto expected = testing::read_expected(path);
    ASSERT_EQ(sha256_file(checkpoint_of(path)), expected.sha256);
    const auto found = read_weight_dictionaries(checkpoint_of(path));
    ASSERT_EQ(found.size(), expected.dictionaries.size());
    for (const auto& [name, tensors] : expected.dictionaries) {
      SCOPED_TRACE(name);
      ASSERT_TRUE(found.contains(name));
      expect_same(found.at(name), tensors, expected.file);
    }
  }
}

TEST(golden_checkpoints, ReadingByNameStripsThePrefixAndKeepsTheOrder) {
  MPQ_GOLDEN_OR_SKIP(files);
  for (const auto& path : files) {
    const auto expected = testing::read_expected(path);
    for (const auto& [name, tensors] : expected.dictionaries) {
      SCOPED_TRACE(path + ", " + name);
      auto stripped = tensors;
      for (std::size_t i = 0; i < stripped.size(); ++i)
        if (const auto& shorter = expected.stripped.at(name)[i]; !shorter.empty())
          stripped[i].first = shorter;
      expect_same(read_checkpoint(checkpoint_of(path), {.dictionary = name}).tensors, stripped,
                  expected.file);
      expect_same(
          read_checkpoint(checkpoint_of(path), {.dictionary = name, .strip_module_prefix = false}).tensors,
          tensors, expected.file);
    }
  }
}

TEST(golden_checkpoints, ScalarsAndMetadataAreThoseRecorded) {
  MPQ_GOLDEN_OR_SKIP(files);
  for (const auto& path : files) {
    SCOPED_TRACE(path);
    const auto expected = testing::read_expected(path);
    const auto text = expected.scalars.empty() ? expected.metadata : expected.scalars;
    const auto found = read_checkpoint(checkpoint_of(path)).metadata;
    EXPECT_EQ(found, text.empty() ? Json::object() : Json::parse(text));
  }
}

TEST(golden_checkpoints, TheFirstChoiceIsTheWeightsAndEmaIsFoundOnRequest) {
  MPQ_GOLDEN_OR_SKIP(files);
  for (const auto& path : files) {
    const auto expected = testing::read_expected(path);
    for (const auto& [name, tensors] : expected.dictionaries) {
      SCOPED_TRACE(path + ", " + name);
      const bool average = name.ends_with("ema");
      const auto found = read_checkpoint(checkpoint_of(path),
                                         {.dictionary = average ? "ema" : "", .strip_module_prefix = false});
      expect_same(found.tensors, tensors, expected.file);
    }
  }
}

TEST(golden_checkpoints, WritingAndReadingAsSafetensorsChangesNothing) {
  MPQ_GOLDEN_OR_SKIP(files);
  const auto copy =
      (fs::temp_directory_path() / ("mpq-golden-copy-" + std::to_string(::getpid()) + ".safetensors"))
          .string();
  for (const auto& path : files) {
    SCOPED_TRACE(path);
    for (const auto& [name, tensors] : testing::read_expected(path).dictionaries) {
      write_safetensors(copy, tensors);
      expect_same(read_checkpoint(copy, {.strip_module_prefix = false}).tensors, tensors, copy);
    }
  }
  fs::remove(copy);
}

}  // namespace
}  // namespace mpq::models
