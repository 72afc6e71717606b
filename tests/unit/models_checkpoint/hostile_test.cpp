// Every line of the hostile list that a checkpoint reader must judge.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "models/checkpoint.h"
#include "tests/support/error_of.h"
#include "tests/support/hostile_list.h"
#include "tests/support/peak_memory.h"
#include "tests/support/temp_folder.h"

namespace mpq::models {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr double kMostSeconds = 2;
constexpr std::int64_t kMostKib = 256 * 1024;

using testing::hostile_folder;

#define MPQ_HOSTILE_OR_SKIP(list)                                          \
  const auto list = testing::hostile_lines({"checkpoint", "safetensors"}); \
  if (list.empty()) GTEST_SKIP() << "no hostile files: set MPQ_DATA to the data folder"

/// The working folder is an empty one, two levels below another, while this lives.
class EmptyFolder {
 public:
  EmptyFolder() : before_(fs::current_path()) {
    fs::create_directories(top_ / "middle/bottom");
    fs::current_path(top_ / "middle/bottom");
  }
  ~EmptyFolder() { fs::current_path(before_); }
  /// Whether nothing was written on any of the levels.
  bool untouched() const {
    return fs::is_empty(top_ / "middle/bottom") && entries(top_ / "middle") == 1 && entries(top_) == 1;
  }

 private:
  static std::ptrdiff_t entries(const fs::path& folder) {
    return std::distance(fs::directory_iterator(folder), {});
  }
  fs::path before_;
  testing::TempFolder folder_{testing::TempFolder::Place::memory};
  fs::path top_ = folder_.path();
};

TEST(HostileCheckpoints, EachGetsItsVerdictAndNothingIsExecuted) {
  MPQ_HOSTILE_OR_SKIP(list);
  const EmptyFolder folder;
  for (const auto& line : list) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    const auto path = hostile_folder() + "/" + line.file;
    if (line.expectation == "accept") {
      EXPECT_NO_THROW(read_weight_dictionaries(path));
      continue;
    }
    ASSERT_EQ(line.expectation, "refuse");
    for (const auto& error : {testing::error_of([&] { read_checkpoint(path); }),
                              testing::error_of([&] { read_weight_dictionaries(path); })}) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_FALSE(error.parts().what.empty() || error.parts().expected.empty() || error.parts().fix.empty());
      EXPECT_THAT(error.parts().where, HasSubstr(path));
      EXPECT_LT(std::string(error.what()).size(), 2000U);
    }
    EXPECT_TRUE(folder.untouched());
  }
}

TEST(HostileCheckpoints, EachIsJudgedSoonAndInLittleMemory) {
  MPQ_HOSTILE_OR_SKIP(list);
  for (const auto& line : list) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    const bool measured = testing::reset_peak();
    const auto held_kib = testing::status_kib("VmRSS");
    const auto start = std::chrono::steady_clock::now();
    try {
      read_checkpoint(hostile_folder() + "/" + line.file);
    } catch (const Error&) {
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), kMostSeconds);
    if (measured) {
      EXPECT_LT(testing::status_kib("VmHWM") - held_kib, kMostKib);
    }
  }
}

TEST(HostileCheckpoints, MessagesNameWhatWasFound) {
  MPQ_HOSTILE_OR_SKIP(list);
  // Where expected.tsv asks for something in the message, and every name a pickle would have called.
  const std::vector<std::pair<std::string, std::string>> wanted{
      {"checkpoint/exec_os_system.pth", "'os.system'"},
      {"checkpoint/exec_os_system.th", "'os.system'"},
      {"checkpoint/exec_posix_system.pth", "'posix.system'"},
      {"checkpoint/exec_builtins_eval.th", "'builtins.eval'"},
      {"checkpoint/exec_builtin_python2.pth", "'__builtin__.eval'"},
      {"checkpoint/exec_obj.pth", "'os.system'"},
      {"checkpoint/exec_stack_global.pth", "'os.system'"},
      {"checkpoint/exec_dotted_name.pth", "'torch.serialization.os.system'"},
      {"checkpoint/exec_second_value.pth", "'os.system'"},
      {"checkpoint/exec_after_stop.pth", "'os.system'"},
      {"checkpoint/exec_load_from_bytes.pth", "'torch.storage._load_from_bytes'"},
      {"checkpoint/exec_rebuild_from_type.pth", "'torch._tensor._rebuild_from_type_v2'"},
      {"checkpoint/exec_hooks.pth", "'os.system'"},
      {"checkpoint/exec_storage_class.pth", "'os.system'"},
      {"checkpoint/exec_magic.th", "'os.system'"},
      {"checkpoint/exec_storage_keys.th", "'os.system'"},
      {"checkpoint/exec_bare_pickle.pth", "'os.system'"},
      {"checkpoint/exec_extension.pth", "EXT1"},
      {"checkpoint/class_unknown.pth", "'mymodels.resnet.ResNet'"},
      {"checkpoint/class_namespace.pth", "'argparse.Namespace'"},
      {"checkpoint/class_numpy_scalar.pth", "'numpy.core.multiarray.scalar'"},
      {"checkpoint/torchscript.pt", "TorchScript"},
      {"checkpoint/storage_type_quantized.pth", "torch.QInt8Storage is not supported"},
      {"checkpoint/storage_type_complex.pth", "torch.ComplexFloatStorage is not supported"},
      {"checkpoint/tar_layout.th", "PyTorch before 0.2 is not supported"},
      {"checkpoint/html.pth", "a web page that begins '<"},
      {"checkpoint/lfs_pointer.pth", "Git LFS pointer"},
      {"checkpoint/zip_crc.pth", "CRC-32"},
      {"checkpoint/zip_encrypted.pth", "encrypted"},
      {"checkpoint/zip_bomb_deflated.pth", "compressed"},
      {"checkpoint/zip_big_endian.pth", "byte order 'big'"},
      {"checkpoint/legacy_big_endian.th", "big-endian"},
      {"checkpoint/zip_path_outside.pth", "leads elsewhere"},
      {"checkpoint/zip_path_absolute.pth", "leads elsewhere"},
      {"checkpoint/expanded_bomb.pth", "too large"},
      {"checkpoint/name_twice.pth", "given twice"},
      {"checkpoint/recursive_dict.pth", "contains itself"},
      {"checkpoint/deep_tuples.pth", "nested more than"},
      {"safetensors/dtype_f8.safetensors", "'F8_E4M3' is not supported"},
      {"safetensors/dtype_unknown.safetensors", "'F7' is unknown"},
      {"safetensors/overlap.safetensors", "overlap"},
      {"safetensors/hole.safetensors", "belong to no tensor"},
      {"safetensors/name_twice.safetensors", "given twice"},
      {"safetensors/is_zip.safetensors", "is a PyTorch checkpoint"}};
  for (const auto& [file, words] : wanted) {
    const bool listed = std::any_of(list.begin(), list.end(),
                                    [&](const testing::HostileLine& line) { return line.file == file; });
    if (!listed) continue;
    const auto error = testing::error_of([&] { read_checkpoint(hostile_folder() + "/" + file); });
    EXPECT_THAT(error.parts().what, HasSubstr(words)) << file;
  }
}

}  // namespace
}  // namespace mpq::models
