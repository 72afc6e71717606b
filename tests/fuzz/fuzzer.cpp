// The entry of libFuzzer for one target; scripts/fuzz.sh builds one program each. With `--seeds DIR` as its only
// arguments it writes the seeds there instead.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "tests/fuzz/target.h"

namespace {

const mpq::fuzz::Target& target() {
  static const auto& found = mpq::fuzz::find_target(MPQ_FUZZ_TARGET);
  return found;
}

void write_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const auto& seed : mpq::fuzz::all_seeds(target(), std::size_t{1} << 18))
    std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
  if (*count == 3 && std::string_view((*words)[1]) == "--seeds") {
    write_seeds((*words)[2]);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpq::fuzz::try_read(target(), {reinterpret_cast<const char*>(data), size});
  return 0;
}
