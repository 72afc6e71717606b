#pragma once

#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdlib>

namespace mpq::bench {

/// Runs the registered benchmarks under the conditions of a worker: memory of freed tensors is kept instead
/// of being returned to the kernel page by page, and the number of compute threads is set (MPQ_BENCH_THREADS,
/// 2).
inline int run(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  const char* threads = std::getenv("MPQ_BENCH_THREADS");
  at::set_num_threads(threads ? std::atoi(threads) : 2);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace mpq::bench
