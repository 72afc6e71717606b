#include "tests/fuzz/target.h"

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "tests/support/hostile_list.h"

namespace mpq::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> all = [] {
    auto joined = checkpoint_targets();
    for (auto& target : data_targets()) joined.push_back(std::move(target));
    return joined;
  }();
  return all;
}

const Target& find_target(std::string_view name) {
  for (const auto& target : targets())
    if (target.name == name) return target;
  require(false, "no fuzz target is called " + std::string(name));
  return targets().front();
}

std::vector<std::string> all_seeds(const Target& target, std::size_t most_bytes) {
  auto seeds = target.seeds();
  for (const auto& line : testing::hostile_lines(target.hostile)) {
    const auto path = testing::hostile_folder() + "/" + line.file;
    std::error_code absent;
    const auto size = std::filesystem::file_size(path, absent);
    if (!absent && size <= most_bytes) seeds.push_back(read_file(path));
  }
  return seeds;
}

void try_read(const Target& target, std::string_view bytes) {
  try {
    target.read(bytes);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
  }
}

}  // namespace mpq::fuzz
