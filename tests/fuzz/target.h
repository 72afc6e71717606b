#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpq::fuzz {

/// A reader of strangers' files, as something that bytes are thrown at.
struct Target {
  std::string name;
  /// Reads the bytes. A refusal (Error of kind input) is the reader's good right; anything else that leaves it, or that
  /// a sanitizer sees, is a finding.
  void (*read)(std::string_view bytes);
  /// Small good files to begin from.
  std::vector<std::string> (*seeds)();
  /// Readers of the hostile list (tests/support/hostile_list.h) whose files are seeds as well.
  std::vector<std::string> hostile;
};

/// safetensors, pickle, zip, cifar, tar, picture, class_map, policy.
const std::vector<Target>& targets();
const Target& find_target(std::string_view name);

/// The seeds of a target: its own, and with MPQ_DATA those of the hostile list up to `most_bytes` each.
std::vector<std::string> all_seeds(const Target& target, std::size_t most_bytes);

/// target.read(), with refusals swallowed.
void try_read(const Target& target, std::string_view bytes);

// Found in checkpoint_targets.cpp and data_targets.cpp.
std::vector<Target> checkpoint_targets();
std::vector<Target> data_targets();

}  // namespace mpq::fuzz
