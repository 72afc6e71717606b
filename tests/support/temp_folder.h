#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace mpq::testing {

/// An empty folder of its own that vanishes with the object.
class TempFolder {
 public:
  /// In memory, tests that write many files need not wait for a disk to sync each of them.
  enum class Place { disk, memory };

  explicit TempFolder(Place place = Place::disk) {
    const bool in_memory = place == Place::memory && ::access("/dev/shm", W_OK) == 0;
    const auto parent =
        in_memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
    auto pattern = (parent / "mpq-test-XXXXXX").string();
    require(::mkdtemp(pattern.data()) != nullptr, "no temporary folder for a test");
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace mpq::testing
