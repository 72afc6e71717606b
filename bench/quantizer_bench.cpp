// The vector kernels of quant/ against the same work op by op in ATen and against a plain copy of the same
// bytes.
//
//   quantizer_bench --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true
//
// Read the medians as ratios within one run.

#include <torch/torch.h>

#include <cstring>

#include "bench/bench_main.h"
#include "quant/instability.h"
#include "quant/kernels.h"
#include "quant/learned_step.h"
#include "quant/norm_act.h"

namespace mpq::quant {
namespace {

using benchmark::State;

const std::vector<std::vector<std::int64_t>> kShapes = {
    {128, 16, 32, 32}, {128, 64, 8, 8}, {64, 64, 3, 3}};  // two activations and a weight

torch::Tensor random(const std::vector<std::int64_t>& shape) {
  return torch::randn(shape).contiguous(at::MemoryFormat::ChannelsLast);
}

// Copies `count` floats on all threads.
void copy(const torch::Tensor& from, const torch::Tensor& to, std::int64_t count) {
  const auto* source = from.data_ptr<float>();
  auto* target = to.data_ptr<float>();
  at::parallel_for(0, count, kernels::kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(target + begin, source + begin, static_cast<std::size_t>(end - begin) * sizeof(float));
  });
}

void set_bytes(State& state, std::int64_t floats) {
  state.SetBytesProcessed(state.iterations() * floats * static_cast<std::int64_t>(sizeof(float)));
}

// What a quantizer step must at least move: forward reads x and writes y, backward reads x and g and writes
// gx.
void quantizer_copy(State& state) {
  const auto count = state.range(1);
  std::vector<torch::Tensor> x, g, y, gx;
  for (std::int64_t i = 0; i < count; ++i) {
    x.push_back(random(kShapes[state.range(0)]));
    for (auto* others : {&g, &y, &gx}) others->push_back(torch::randn_like(x.back()));
  }
  for (auto _ : state) {
    for (std::int64_t i = 0; i < count; ++i) copy(x[i], y[i], x[i].numel());
    for (std::int64_t i = count; i-- > 0;) {
      copy(g[i], gx[i], x[i].numel());
      copy(x[i], y[i], x[i].numel() / 2);
    }
    benchmark::ClobberMemory();
  }
  set_bytes(state, 5 * count * x[0].numel());
}

// Forward over `range(1)` tensors, then one backward pass: as the weights of a network go through a step.
// With one tensor the time holds a whole start of autograd's engine.
void quantizer(State& state, bool composed) {
  const ComposedScope scope(composed);
  std::vector<torch::Tensor> x, g, inputs;
  for (std::int64_t i = 0; i < state.range(1); ++i) {
    x.push_back(random(kShapes[state.range(0)]).requires_grad_());
    g.push_back(torch::randn_like(x.back()));
    inputs.insert(inputs.end(), {x.back(), torch::tensor({0.1f, 0.2f, 0.4f}).requires_grad_()});
  }
  for (auto _ : state) {
    std::vector<torch::Tensor> y;
    for (std::size_t i = 0; i < x.size(); ++i)
      y.push_back(learned_step(x[i], inputs[2 * i + 1], 1, range_of(4, true)));
    benchmark::DoNotOptimize(torch::autograd::grad(y, inputs, g));
  }
  set_bytes(state, 5 * state.range(1) * x[0].numel());
}
void quantizer_fused(State& state) { quantizer(state, false); }
void quantizer_op_by_op(State& state) { quantizer(state, true); }

// What a norm must at least move in training: forward reads x for the statistics, then x again and writes y;
// backward reads x and g for the sums, then both again and writes gx. Eight passes: four copies.
void norm_copy(State& state) {
  const auto x = random(kShapes[state.range(0)]), g = torch::randn_like(x), y = torch::zeros_like(x),
             gx = torch::zeros_like(x);
  for (auto _ : state) {
    copy(x, y, x.numel());
    copy(g, gx, x.numel());
    copy(x, y, x.numel());
    copy(g, gx, x.numel());
    benchmark::ClobberMemory();
  }
  set_bytes(state, 8 * x.numel());
}

void norm(State& state, bool composed, bool with_residual) {
  const ComposedScope scope(composed);
  const auto x = random(kShapes[state.range(0)]).requires_grad_(), g = torch::randn_like(x);
  const auto residual = with_residual ? torch::randn_like(x).requires_grad_() : torch::Tensor();
  const auto weight = torch::ones({x.size(1)}).requires_grad_(),
             bias = torch::zeros({x.size(1)}).requires_grad_();
  const NormStatistics statistics{torch::zeros({x.size(1)}), torch::ones({x.size(1)}), true, 0.1};
  std::vector<torch::Tensor> inputs = {x, weight, bias};
  if (with_residual) inputs.push_back(residual);
  for (auto _ : state) {
    const auto y = norm_act(x, weight, bias, statistics, 1e-5, Activation::relu, residual);
    benchmark::DoNotOptimize(torch::autograd::grad({y}, inputs, {g}));
  }
}
void norm_relu_fused(State& state) { norm(state, false, false); }
void norm_relu_op_by_op(State& state) { norm(state, true, false); }
void norm_add_relu_fused(State& state) { norm(state, false, true); }
void norm_add_relu_op_by_op(State& state) { norm(state, true, true); }

const std::vector<BankEntry> kCandidates = {{6, 0}, {5, 1}, {4, 2}, {3, 3}, {2, 4}};

struct Site {
  torch::Tensor weight = random({64, 64, 3, 3}) * 0.1,
                bank = torch::tensor({0.01f, 0.02f, 0.04f, 0.08f, 0.16f});
};

void instability_fused(State& state) {
  const Site site;
  for (auto _ : state) benchmark::DoNotOptimize(instability(site.weight, site.bank, kCandidates));
}

// As the authors' program counts: the weights of every code, found by equality with the fake-quantized value.
std::int64_t turbulent_op_by_op(const torch::Tensor& weight, const torch::Tensor& step, Range range) {
  const auto quantized = at::clamp(weight / step, range.min, range.max).round() * step;
  const auto half = step / 2 * 0.75;
  std::int64_t count = 0;
  for (auto code = range.min; code <= range.max; ++code) {
    const auto centre = step * static_cast<double>(code);
    const auto bin = weight.masked_select(quantized == centre);
    const auto below = bin<centre - half, above = bin> centre + half;
    const auto turbulent = code == range.min ? above : code == range.max ? below : below.logical_or(above);
    count += turbulent.sum().item<std::int64_t>();
  }
  return count;
}

void instability_op_by_op(State& state) {
  const Site site;
  for (auto _ : state)
    for (const auto& [bits, index] : kCandidates)
      benchmark::DoNotOptimize(turbulent_op_by_op(site.weight, site.bank[index], range_of(bits, true)));
}

#define MPQ_BENCH(name, last) \
  BENCHMARK(name)->DenseRange(0, last)->UseRealTime()->Unit(benchmark::kMicrosecond)
#define MPQ_BENCH_TENSORS(name)        \
  BENCHMARK(name)                      \
      ->ArgsProduct({{0, 1, 2}, {1}})  \
      ->Args({2, 16})                  \
      ->ArgNames({"shape", "tensors"}) \
      ->UseRealTime()                  \
      ->Unit(benchmark::kMicrosecond)
MPQ_BENCH_TENSORS(quantizer_copy);
MPQ_BENCH_TENSORS(quantizer_fused);
MPQ_BENCH_TENSORS(quantizer_op_by_op);
#undef MPQ_BENCH_TENSORS
MPQ_BENCH(norm_copy, 1);
MPQ_BENCH(norm_relu_fused, 1);
MPQ_BENCH(norm_relu_op_by_op, 1);
MPQ_BENCH(norm_add_relu_fused, 1);
MPQ_BENCH(norm_add_relu_op_by_op, 1);
MPQ_BENCH(instability_fused, 0);
MPQ_BENCH(instability_op_by_op, 0);
#undef MPQ_BENCH

}  // namespace
}  // namespace mpq::quant

int main(int argc, char** argv) { return mpq::bench::run(argc, argv); }
