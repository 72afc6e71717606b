// The folder of recordings is read file by file, by name: here it is listed, and what no test reads printed.

#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>

#include "tests/house/source_tree.h"
#include "tests/support/recording.h"

namespace mpq::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kQuantizers = "tests/unit/quant_kernels/golden_test.cpp",
                  kLosses = "tests/golden/losses_test.cpp", kCosts = "tests/golden/evaluation_test.cpp",
                  kTraining = "tests/golden/training_test.cpp", kSearch = "tests/golden/search_test.cpp",
                  kPictures = "tests/unit/pictures/golden_test.cpp",
                  kFloats = "tests/unit/pictures/golden_floats_test.cpp",
                  kCheckpoints = "tests/unit/models_checkpoint/golden_test.cpp";

/// What a test reads of a recording: objects at the top of the file, or beginnings of their names ("case_*").
struct Claim {
  std::string file, source;
  std::vector<std::string> objects;
};

const std::vector<Claim>& claims() {
  static const std::vector<Claim> all{
      {"a_quantizer.h5", kQuantizers, {"case_*"}},
      {"b_init.h5", kLosses, {"weight*", "act*"}},
      {"c_instability.h5", kQuantizers, {"metric"}},
      {"c_instability.h5", kLosses, {"freeze"}},
      {"d_cost.json", kCosts, {}},
      {"e_train.h5", kTraining, {"e*"}},
      {"f_search.h5", kSearch, {"limit*", "sites", "weights", "candidates", "batch_codes", "batch_target"}},
      {"g_losses.h5", kLosses, {"soft_target", "idm", "weight_regularisers", "schedules"}},
      {"h_eval.h5", kCosts, {"policy*", "sites", "weights", "eval_codes", "calib_codes"}},
      {"i_images.h5",
       kPictures,
       {"photos", "coefficients", "geometry", "synthetic_colour_jitter", "synthetic_resize"}},
      {"i_images.h5", kFloats, {"cifar", "normalised_code_table"}},
      {"checkpoints", kCheckpoints, {}},
  };
  return all;
}

bool fits(const std::string& claimed, const std::string& name) {
  return claimed.ends_with('*') ? name.starts_with(claimed.substr(0, claimed.size() - 1)) : name == claimed;
}

bool is_claimed(const std::string& file, const std::string& object) {
  return std::any_of(claims().begin(), claims().end(), [&](const Claim& claim) {
    return claim.file == file && std::any_of(claim.objects.begin(), claim.objects.end(),
                                             [&](const auto& words) { return fits(words, object); });
  });
}

bool is_known(const std::string& file) {
  return std::any_of(claims().begin(), claims().end(), [&](const Claim& c) { return c.file == file; });
}

std::vector<std::string> unread_objects(const std::string& file, const std::vector<std::string>& objects) {
  std::vector<std::string> unread;
  for (const auto& object : objects)
    if (!is_claimed(file, object)) unread.push_back(file + ", /" + object);
  return unread;
}

std::vector<std::string> objects_of(const std::string& path) {
  const H5::H5File file(path, H5F_ACC_RDONLY);
  const auto root = file.openGroup("/");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < root.getNumObjs(); ++i) names.push_back(root.getObjnameByIdx(i));
  return names;
}

// A checkpoint is read if its content is recorded beside it.
std::vector<std::string> checkpoints_without_content(const fs::path& folder) {
  std::vector<std::string> unread;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto path = entry.path().string();
    if (!path.ends_with(".expected.h5") && !fs::exists(path + ".expected.h5"))
      unread.push_back("checkpoints/" + entry.path().filename().string());
  }
  return unread;
}

TEST(GoldenFolder, golden_whatever_no_test_reads_is_printed) {
  const char* given = std::getenv("MPQ_GOLDEN");
  if (given == nullptr || !fs::is_directory(given)) GTEST_SKIP() << "MPQ_GOLDEN names no folder";
  std::vector<std::string> unread;
  int known = 0;
  for (const auto& entry : fs::directory_iterator(given)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("README")) continue;
    std::vector<std::string> more;
    if (!is_known(name)) {
      more = {name};
    } else if (entry.is_directory()) {
      more = checkpoints_without_content(entry.path());
    } else if (name.ends_with(".h5")) {
      more = unread_objects(name, objects_of(entry.path().string()));
    }
    known += is_known(name);
    unread.insert(unread.end(), more.begin(), more.end());
  }
  EXPECT_GT(known, 0) << given << " holds no recording that a test reads";
  std::sort(unread.begin(), unread.end());
  for (const auto& one : unread) std::cout << "no test reads " << one << '\n';
}

TEST(GoldenFolder, AnObjectThatNobodyClaimsIsFound) {
  EXPECT_THAT(unread_objects("g_losses.h5", {"idm", "idm_of_late", "schedules"}),
              ElementsAre("g_losses.h5, /idm_of_late"));
  EXPECT_THAT(unread_objects("e_train.h5", {"e2_inplace", "f1"}), ElementsAre("e_train.h5, /f1"));
  EXPECT_FALSE(is_known("j_later.h5"));
}

// A claim that its test does not make would hide what it stands for.
TEST(GoldenFolder, EveryClaimIsMadeByItsTest) {
  std::vector<std::string> unmade;
  for (const auto& claim : claims()) {
    const auto source = read_source(claim.source);
    auto words = claim.objects;
    words.push_back(claim.file);
    for (auto word : words) {
      if (word.ends_with('*')) word.pop_back();
      if (source.find('"' + word + '"') == std::string::npos) unmade.push_back(claim.source + ": " + word);
    }
  }
  EXPECT_THAT(unmade, IsEmpty());
}

}  // namespace
}  // namespace mpq::testing
