// A convolution with quantized weights and input against the same one in float, forward and backward: what
// quantization adds to a layer of a training step.
//
//   conv_bench --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true
//
// Read the medians as ratios within one run.

#include <torch/torch.h>

#include "bench/bench_main.h"
#include "quant/composed.h"
#include "quant/layer.h"

namespace mpq::quant {
namespace {

using benchmark::State;

constexpr std::int64_t kBatch = 128, kChannels = 64, kSide = 32;
constexpr int kBits = 4;

struct Shape {
  const char* name;
  std::int64_t kernel, groups;
};
constexpr Shape kShapes[] = {{"3x3", 3, 1}, {"3x3 depthwise", 3, kChannels}, {"1x1", 1, 1}};

LayerFacts facts_of(const Shape& shape) {
  LayerFacts facts;
  facts.name = "conv";
  facts.in_channels = facts.out_channels = kChannels;
  facts.kernel_h = facts.kernel_w = shape.kernel;
  facts.padding = shape.kernel / 2, facts.groups = shape.groups;
  return facts;
}

/// A layer with its input, which is never negative, as behind a ReLU, and the gradient of its output.
struct Subject {
  Layer layer;
  torch::Tensor gradient;
  std::vector<torch::Tensor> inputs;  // x, then what the layer trains

  Subject(const Shape& shape, bool quantized) : layer(facts_of(shape), false) {
    const auto x = torch::randn({kBatch, kChannels, kSide, kSide})
                       .relu()
                       .contiguous(at::MemoryFormat::ChannelsLast)
                       .requires_grad_();
    {
      const torch::NoGradGuard no_grad;
      layer.weight().normal_(0, 0.05);
    }
    if (quantized)
      layer.attach(
          std::make_unique<LearnedStep>(LearnedStepOptions{{kBits}, true, StepInit::three_sigma, false},
                                        layer.weight()),
          std::make_unique<LearnedStep>(LearnedStepOptions{{kBits}, false, StepInit::mean_abs, false},
                                        layer.weight().options().requires_grad(false)),
          {{kBits}, {kBits}});
    gradient = torch::randn_like(layer.forward(x).detach());  // the first use finds the step of the input
    inputs.push_back(x);
    std::vector<TensorRef> tensors;
    layer.collect(tensors);
    for (const auto& ref : tensors)
      if (ref.role != Role::buffer) inputs.push_back(*ref.tensor);
  }

  void step() {
    const auto y = layer.forward(inputs.front());
    benchmark::DoNotOptimize(torch::autograd::grad({y}, inputs, {gradient}));
  }
};

void run_shape(State& state, bool quantized, bool composed) {
  const auto& shape = kShapes[state.range(0)];
  const ComposedScope scope(composed);
  Subject subject(shape, quantized);
  for (auto _ : state) subject.step();
  state.SetLabel(shape.name);
  state.SetItemsProcessed(kBatch * state.iterations());
}

void conv_float(State& state) { run_shape(state, false, false); }
void conv_quantized(State& state) { run_shape(state, true, false); }
void conv_quantized_op_by_op(State& state) { run_shape(state, true, true); }

#define MPQ_BENCH(name) BENCHMARK(name)->DenseRange(0, 2)->UseRealTime()->Unit(benchmark::kMillisecond)
MPQ_BENCH(conv_float);
MPQ_BENCH(conv_quantized);
MPQ_BENCH(conv_quantized_op_by_op);
#undef MPQ_BENCH

}  // namespace
}  // namespace mpq::quant

int main(int argc, char** argv) { return mpq::bench::run(argc, argv); }
