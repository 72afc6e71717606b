#pragma once

#include <gtest/gtest.h>
#include <torch/version.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/registry.h"
#include "tests/support/golden_file.h"

namespace mpq::testing {

namespace golden = quant::golden;

/// Skips the running test with a plain sentence when a recording is not there.
#define MPQ_RECORDING(variable, name)                                          \
  const auto variable##_path = golden::path_of(name);                          \
  if (variable##_path.empty()) GTEST_SKIP() << "MPQ_GOLDEN has no " << (name); \
  const H5::H5File variable(variable##_path, H5F_ACC_RDONLY)

/// max|a − b| ≤ tolerance · max|b|
inline ::testing::AssertionResult close(const torch::Tensor& a, const torch::Tensor& b, double tolerance) {
  if (a.sizes() != b.sizes())
    return ::testing::AssertionFailure() << "shapes " << a.sizes() << " and " << b.sizes();
  if (a.numel() == 0) return ::testing::AssertionSuccess();
  const auto x = a.detach().to(torch::kFloat64), y = b.to(torch::kFloat64);
  const double error = (x - y).abs().max().item<double>(), scale = y.abs().max().item<double>();
  if (error <= tolerance * scale || error == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "difference " << error << " at a scale of " << scale << ", allowed " << tolerance;
}

inline ::testing::AssertionResult close(double a, double b, double tolerance) {
  return close(torch::tensor({a}, torch::kFloat64), torch::tensor({b}, torch::kFloat64), tolerance);
}

inline std::vector<std::string> texts(const H5::Group& group, const std::string& name) {
  const auto attribute = group.openAttribute(name);
  std::vector<char*> raw(static_cast<std::size_t>(attribute.getSpace().getSimpleExtentNpoints()));
  attribute.read(attribute.getDataType(), raw.data());
  std::vector<std::string> all(raw.begin(), raw.end());
  for (auto* text : raw) H5free_memory(text);
  return all;
}

inline bool has(const H5::Group& group, const std::string& name) { return group.nameExists(name); }

/// [site, (weight, activation)] as a policy.
inline quant::Policy policy_of(const torch::Tensor& bits) {
  quant::Policy policy;
  for (std::int64_t i = 0; i < bits.size(0); ++i)
    policy.push_back({bits[i][0].item<int>(), bits[i][1].item<int>()});
  return policy;
}

/// [site, (weight list, activation list), position], −1 padded.
inline std::vector<quant::SiteLists> lists_of(const torch::Tensor& table) {
  std::vector<quant::SiteLists> lists(static_cast<std::size_t>(table.size(0)));
  for (std::int64_t i = 0; i < table.size(0); ++i)
    for (std::int64_t side = 0; side < 2; ++side)
      for (std::int64_t k = 0; k < table.size(2); ++k)
        if (const int bits = table[i][side][k].item<int>(); bits >= 0)
          (side ? lists[static_cast<std::size_t>(i)].act : lists[static_cast<std::size_t>(i)].weight)
              .push_back(bits);
  return lists;
}

/// How a recording is replayed. `plain`: ATen operators on contiguous tensors, as the recorded program ran.
/// `fused`: our kernels on channels-last tensors. A code that lies within a rounding of a tie may flip
/// between the two, and a flip moves a logit by far more than the rounding; the float64 recordings, where no
/// code flips, hold both to 1e-9.
enum class Path { plain, fused };

/// What float32 comparisons behind quantizers allow, as a multiple of the recordings' README. Its figures
/// hold for the plain path under the recorded LibTorch 1.13; elsewhere convolutions round otherwise and codes
/// flip.
inline double flip_allowance(Path path) { return path == Path::plain && TORCH_VERSION_MAJOR == 1 ? 1 : 40; }

inline at::MemoryFormat layout(Path path) {
  return path == Path::plain ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
}

/// int8 codes / 32
inline torch::Tensor images_of(const torch::Tensor& codes, torch::Dtype dtype, Path path) {
  return (codes / 32).to(dtype).contiguous(layout(path));
}

/// A float network of the recordings: ResNet-8, or the tiny inverted-residual net built from the project's own
/// layers.
inline std::unique_ptr<models::Network> recorded_float_network(const H5::Group& sites, std::int64_t side) {
  std::unique_ptr<models::Network> network;
  const auto names = texts(sites, "names");
  if (names.front() == "layer1.0.conv1") {
    network = models::make_network("resnet8", Json::object(), {});
  } else {
    using models::Activation;
    network = std::make_unique<models::Network>();
    const auto stem = network->conv_norm("features.0.0", "features.0.1", {.in = 3, .out = 8, .stride = 2});
    network->block("stem", [=](const torch::Tensor& x) { return stem(x, Activation::relu6); });
    const auto expand =
        network->conv_norm("features.1.conv.0", "features.1.conv.1", {.in = 8, .out = 48, .kernel = 1});
    const auto depthwise =
        network->conv_norm("features.1.conv.3", "features.1.conv.4", {.in = 48, .out = 48, .groups = 48});
    const auto project =
        network->conv_norm("features.1.conv.6", "features.1.conv.7", {.in = 48, .out = 8, .kernel = 1});
    network->block("features.1", [=](const torch::Tensor& x) {
      return project(depthwise(expand(x, Activation::relu6), Activation::relu6), Activation::none, x);
    });
    const auto last = network->conv_norm("features.18.0", "features.18.1", {.in = 8, .out = 24, .kernel = 1});
    network->block("features.18", [=](const torch::Tensor& x) { return last(x, Activation::relu6); });
    auto* classifier = network->linear("classifier.1", 24, 10);
    network->block("head",
                   [=](const torch::Tensor& x) { return classifier->forward(models::global_average(x)); });
    network->finish(3, side, side);
  }
  // The recorded program goes by block types: it calls the stem's ReLU6 output signed where an expansion
  // follows.
  const auto is_signed = golden::numbers(sites, "act_signed");
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(network->sites()[i]->name(), names[i]);
    network->sites()[i]->facts().signed_input = is_signed[i] != 0;
  }
  return network;
}

/// The same, quantized with norm banks.
inline std::unique_ptr<models::Network> recorded_network(const H5::Group& sites, bool scale_gradient,
                                                         std::int64_t side) {
  auto network = recorded_float_network(sites, side);
  network->quantize({.scale_gradient = scale_gradient, .norm_bank = true});
  return network;
}

/// A recorded tensor that we have not would go untested. (The first convolution's input is never quantized
/// here, so it has no step.)
inline void expect_every_tensor_known(models::Network& network, const H5::Group& state) {
  std::set<std::string> ours;
  for (const auto& ref : network.tensors()) ours.insert(ref.name);
  const auto input_step = network.facts().front().name + ".act_step";
  for (const auto& name : recording::datasets(state))
    EXPECT_TRUE(ours.contains(name) || name.ends_with(".grad_present") || name.starts_with(input_step))
        << name << " is recorded and has no counterpart";
}

/// Copies a recorded state into a network; what the recordings do not have (`used`) is left alone.
inline void load_recorded(models::Network& network, const H5::Group& state, Path path) {
  expect_every_tensor_known(network, state);
  for (const auto& ref : network.tensors()) {
    if (!has(state, ref.name)) continue;
    const auto values = golden::read(state, ref.name).to(ref.tensor->scalar_type());
    const bool trained = ref.tensor->requires_grad();
    *ref.tensor =
        (values.dim() == 4 ? values.contiguous(layout(path)) : values.contiguous()).requires_grad_(trained);
  }
}

}  // namespace mpq::testing
