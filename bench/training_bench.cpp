// Whole optimiser steps, a greedy iteration and the instability metric on ResNet-20, batch 128, 2 threads;
// ratios within one run are what counts (bench/README.md). The float step is the same network at 32 bits,
// allocator tuned alike.

#include "bench/bench_main.h"
#include "models/registry.h"
#include "search/evaluator.h"
#include "training/freezing.h"
#include "training/losses.h"
#include "training/one_shot.h"
#include "training/optimizer.h"

namespace {

using namespace mpq;

constexpr std::int64_t kBatch = 128;
constexpr int kRandomPasses = 3;

struct Subject {
  std::string network = "resnet20";
  std::int64_t batch = kBatch, side = 32, classes = 10;
};

struct Fixture {
  explicit Fixture(const models::QuantizationSpec* spec, const Subject& subject = {}) {
    models::NetworkContext context;
    context.classes = subject.classes, context.height = context.width = subject.side;
    network = models::make_network(subject.network, Json::object(), context);
    images = torch::randn({subject.batch, 3, subject.side, subject.side})
                 .contiguous(at::MemoryFormat::ChannelsLast);
    labels = torch::randint(subject.classes, {subject.batch}, torch::kInt64);
    if (spec) network->quantize(*spec);
    optimizer = std::make_unique<training::Optimizer>(network->tensors(), training::Recipe{});
    network->set_norm_use(quant::NormUse::update);
  }
  std::unique_ptr<models::Network> network;
  std::unique_ptr<training::Optimizer> optimizer;
  torch::Tensor images, labels;
  std::int64_t step = 0;

  void plain_step() {
    optimizer->zero_gradients();
    training::hard_loss(network->forward(images), labels).backward();
    optimizer->step(0.01, 1e-4);
  }
  void one_shot_step(bool aligned) {
    optimizer->zero_gradients();
    std::vector<quant::Policy> policies{training::largest_current_policy(*network)};
    for (int pass = 1; pass <= kRandomPasses; ++pass)
      policies.push_back(training::draw_policy(*network, 1, step, pass));
    training::OneShotLosses losses;
    losses.alignment_weight = aligned ? 0.01 : 0;
    training::one_shot_step(*network, images, labels, policies, losses,
                            [](const torch::Tensor& loss, std::int64_t) { loss.backward(); });
    optimizer->step(0.01, 1e-4);
    ++step;
  }
};

void BM_StepFloat(benchmark::State& state) {
  Fixture f(nullptr);
  for (auto _ : state) f.plain_step();
}

// The same network with every fused operation composed of ATen operators.
void BM_StepFloatAten(benchmark::State& state) {
  Fixture f(nullptr);
  const quant::ComposedScope composed;
  for (auto _ : state) f.plain_step();
}

// What the loader of photographs must keep up with (loader_bench): 16 pictures a step.
void BM_StepFloatResNet18(benchmark::State& state) {
  Fixture f(nullptr, {"resnet18", 16, 224, 1000});
  for (auto _ : state) f.plain_step();
  state.SetItemsProcessed(16 * state.iterations());
}

void BM_StepLsq(benchmark::State& state) {
  const models::QuantizationSpec spec{.candidates = {4}};
  Fixture f(&spec);
  for (auto _ : state) f.plain_step();
}

void BM_StepOneShot(benchmark::State& state) {
  const models::QuantizationSpec spec{.norm_bank = true};
  Fixture f(&spec);
  for (auto _ : state) f.one_shot_step(state.range(0) != 0);
  state.counters["peak_MiB"] = static_cast<double>(peak_memory_bytes()) / (1 << 20);
}

// 36 forwards of batch 128: a step up and down at each of 18 sites.
void BM_GreedyIteration(benchmark::State& state) {
  const models::QuantizationSpec spec{.norm_bank = true};
  Fixture f(&spec);
  search::Evaluator evaluator(*f.network);
  evaluator.set_images(f.images, f.labels);
  const quant::Policy base(f.network->sites().size(), {5, 5});
  std::vector<search::Neighbour> neighbours;
  for (std::size_t site = 0; site < base.size(); ++site)
    for (const int bits : {4, 6}) {
      auto policy = base;
      policy[site].weight = bits;
      neighbours.push_back({site, policy});
    }
  for (auto _ : state) benchmark::DoNotOptimize(evaluator.score_neighbours(base, neighbours));
}

void BM_InstabilityOfAllSites(benchmark::State& state) {
  const models::QuantizationSpec spec{};
  Fixture f(&spec);
  for (auto _ : state) benchmark::DoNotOptimize(training::site_instability(*f.network, 0.25));
}

BENCHMARK(BM_StepFloat)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_StepFloatAten)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_StepFloatResNet18)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_StepLsq)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_StepOneShot)->ArgName("aligned")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_GreedyIteration)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_InstabilityOfAllSites)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

int main(int argc, char** argv) { return mpq::bench::run(argc, argv); }
