#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace mpq::testing {

/// Value of an environment variable, "" if it is not set.
inline std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// A folder with cifar-10-batches-bin and cifar-100-binary: MPQ_CIFAR, or unpacked once beside the build from the
/// compact copy of MPQ_DATA; "" if neither is at hand. Tests that run side by side unpack one after the other.
inline std::string cifar_folder() {
  if (const auto folder = from_environment("MPQ_CIFAR"); !folder.empty()) return folder;
  const auto script = from_environment("MPQ_DATA") + "/unpack.sh";
  if (!std::filesystem::exists(script)) return "";
  const auto target = std::string(MPQ_BINARY_DIR) + "/cifar";
  std::filesystem::create_directories(target);
  const auto command = "flock '" + target + "' sh '" + script + "' '" + target + "' > /dev/null 2>&1";
  return std::system(command.c_str()) == 0 ? target : "";
}

}  // namespace mpq::testing
