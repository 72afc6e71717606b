// What damage does to files of every layout: never more than Error(input), and never other weights
// where the layout has a checksum.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "models/checkpoint.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/models_checkpoint/expected_file.h"
#include "tests/unit/models_checkpoint/zip_writer.h"

namespace mpq::models {
namespace {

using namespace mpq::testing;
namespace fs = std::filesystem;

constexpr int kMutationsPerFile = 400;

struct Seed {
  std::string name, bytes;
};

/// One file of each layout made here, and those of the golden folder if there is one.
std::vector<Seed> seeds() {
  const auto object = dict(text("state_dict") + dict(text("module.w") + TensorText{.view = ""}.str()) +
                           text("epoch") + whole(3));
  auto zip = ZipFile::checkpoint(object);
  std::vector<Seed> all{{"zip", zip.str()}};
  zip.sizes_follow = zip.wide_end = true;
  all.push_back({"zip as PyTorch writes it", zip.str()});
  zip.wide_sizes = true;
  all.push_back({"zip with 64-bit sizes", zip.str()});
  all.push_back(
      {"legacy", LegacyFile{dict(text("state_dict") + dict(text("w") + TensorText{}.str()))}.str()});
  const TempFolder folder;
  write_safetensors(folder / "w",
                    {{"w", torch::arange(6).to(torch::kFloat32)}, {"b", torch::ones({3}, torch::kBool)}},
                    {{"k", "v"}});
  all.push_back({"safetensors", read_file(folder / "w")});
  const char* golden = std::getenv("MPQ_GOLDEN");
  if (golden == nullptr || !fs::is_directory(fs::path(golden) / "checkpoints")) return all;
  for (const auto& entry : fs::directory_iterator(fs::path(golden) / "checkpoints"))
    if (entry.path().extension() != ".h5")
      all.push_back({entry.path().filename().string(), read_file(entry.path().string())});
  return all;
}

/// True if the bytes are read, false if they are refused; anything else fails the test.
bool is_read(const std::string& bytes, StateDict* found = nullptr) {
  try {
    const auto checkpoint = read_checkpoint_bytes(bytes, "damaged");
    if (found != nullptr) *found = checkpoint.tensors;
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "not an mpq::Error: " << error.what();
  }
  return false;
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::size_t operator()(std::size_t below) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33) % below;
  }

 private:
  std::uint64_t state_;
};

std::string mutated(std::string bytes, Draw& draw) {
  const int changes = 1 + static_cast<int>(draw(4));
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const auto at = draw(bytes.size());
    const auto length = std::min<std::size_t>(1 + draw(8), bytes.size() - at);
    switch (draw(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(draw(256));
        break;
      case 2:
        bytes.replace(at, length, std::string(length, draw(2) == 0 ? '\0' : '\xff'));
        break;
      case 3:
        bytes.erase(at, length);
        break;
      case 4:
        bytes.insert(at, bytes.substr(draw(bytes.size()), length));
        break;
      default:
        bytes.replace(at, length, bytes, draw(bytes.size() - length + 1), length);
        break;
    }
  }
  return bytes;
}

TEST(DamagedCheckpointProperty, IsReadOrRefusedButNothingElse) {
  std::uint64_t number = 0;
  for (const auto& seed : seeds()) {
    ASSERT_TRUE(is_read(seed.bytes)) << seed.name;
    for (int i = 0; i < kMutationsPerFile; ++i) {
      SCOPED_TRACE(seed.name + ", mutation " + std::to_string(number));
      Draw draw(number++);
      is_read(mutated(seed.bytes, draw));
    }
  }
}

TEST(DamagedCheckpointProperty, CutOffAnywhereIsRefused) {
  for (const auto& seed : seeds())
    for (std::size_t size = 0; size < seed.bytes.size(); ++size) {
      if (is_read(seed.bytes.substr(0, size)))
        ADD_FAILURE() << seed.name << " cut off at " << size << " is read";
    }
}

TEST(DamagedCheckpointProperty, AFlippedBitInAZipNeverChangesAWeight) {
  const auto zip = ZipFile::checkpoint(dict(text("w") + TensorText{.view = ""}.str())).str();
  const auto whole_weights = read_checkpoint_bytes(zip, "whole").tensors[0].second;
  for (std::size_t bit = 0; bit < 8 * zip.size(); ++bit) {
    auto bytes = zip;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    StateDict found;
    if (!is_read(bytes, &found)) continue;
    ASSERT_EQ(found.size(), 1U) << bit;
    EXPECT_EQ(found[0].first, "w") << bit;
    EXPECT_TRUE(found[0].second.equal(whole_weights)) << bit;
  }
}

}  // namespace
}  // namespace mpq::models
