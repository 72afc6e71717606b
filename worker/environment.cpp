#include "worker/environment.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <malloc.h>
#include <sys/utsname.h>
#include <torch/version.h>

#include <fstream>
#include <string>

#include "core/build_info.h"
#include "quant/kernels.h"

namespace mpq::worker {
namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown";
}

// LibTorch's own kernels choose by ATEN_CPU_CAPABILITY and the processor; only this text tells which in every
// version.
std::string aten_instruction_set() {
  const auto config = at::show_config();
  const std::string label = "CPU capability usage: ";
  const auto at = config.find(label);
  if (at == std::string::npos) return "unknown";
  const auto begin = at + label.size();
  return config.substr(begin, config.find('\n', begin) - begin);
}

}  // namespace

Json numerical_environment() {
  return {{"instruction_set", quant::kernels::instruction_set()},
          {"aten_instruction_set", aten_instruction_set()},
          {"libtorch", TORCH_VERSION},
          {"device", "cpu"}};
}

Json environment() {
  utsname system{};
  uname(&system);
  Json all = numerical_environment();
  all["build"] = build_info();
  all["cpu"] = cpu_model();
  all["kernel"] = std::string(system.sysname) + " " + system.release;
  return all;
}

void set_up_process(int threads) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  at::set_num_threads(threads);
}

}  // namespace mpq::worker
