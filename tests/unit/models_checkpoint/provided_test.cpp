// The published weights of the data folder: names, shapes and counts as its README says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "models/checkpoint.h"

namespace mpq::models {
namespace {

namespace fs = std::filesystem;

std::string data_file(const std::string& name) {
  const char* data = std::getenv("MPQ_DATA");
  return data == nullptr ? "" : (fs::path(data) / name).string();
}

std::int64_t numbers(const StateDict& tensors) {
  std::int64_t sum = 0;
  for (const auto& [name, tensor] : tensors) sum += tensor.numel();
  return sum;
}

const torch::Tensor& find(const StateDict& tensors, const std::string& name) {
  for (const auto& [candidate, tensor] : tensors)
    if (candidate == name) return tensor;
  throw std::out_of_range(name);
}

/// Weights and norms of a CIFAR ResNet of 6n+2 layers (widths 16, 32, 64; shortcuts without weights):
/// 3 convolution groups of 2n layers, the first of groups 2 and 3 with half the inputs, then 64·10 + 10.
std::int64_t cifar_resnet_numbers(std::int64_t n) {
  const auto conv = [](std::int64_t in, std::int64_t out) {
    return 9 * in * out + 4 * out;
  };  // norm: weight, bias, mean, variance
  return conv(3, 16) + 2 * n * conv(16, 16) + conv(16, 32) + (2 * n - 1) * conv(32, 32) + conv(32, 64) +
         (2 * n - 1) * conv(64, 64) + 650;
}

TEST(ProvidedWeights, CifarResnetsHaveTheirNamesShapesAndCounts) {
  const std::vector<std::pair<int, std::string>> files{{20, "resnet20-12fca82f.th"},
                                                       {32, "resnet32-d509ac18.th"},
                                                       {44, "resnet44-014dd654.th"},
                                                       {56, "resnet56-4bfd9763.th"}};
  if (!fs::exists(data_file("cifar-10-resnet")))
    GTEST_SKIP() << "no weights: set MPQ_DATA to the data folder";
  for (const auto& [depth, file] : files) {
    SCOPED_TRACE(file);
    const auto found = read_checkpoint(data_file("cifar-10-resnet/" + file));
    const std::int64_t n = (depth - 2) / 6;
    EXPECT_EQ(found.tensors.size(), static_cast<std::size_t>(5 * (6 * n + 1) + 2));
    EXPECT_EQ(numbers(found.tensors), cifar_resnet_numbers(n));
    EXPECT_EQ(found.tensors.front().first, "conv1.weight");
    EXPECT_EQ(found.tensors.back().first, "linear.bias");
    EXPECT_EQ(find(found.tensors, "layer2.0.conv1.weight").sizes(), (torch::IntArrayRef{32, 16, 3, 3}));
    EXPECT_EQ(find(found.tensors, "layer3.0.bn1.running_var").sizes(), (torch::IntArrayRef{64}));
    EXPECT_GT(find(found.tensors, "bn1.running_var").min().item<float>(), 0.0F);
    EXPECT_NEAR(found.metadata.at("best_prec1").get<double>(), 92.5, 1.5);
    for (const auto& [name, tensor] : found.tensors) {
      EXPECT_EQ(tensor.scalar_type(), torch::kFloat32) << name;
      EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
    }
  }
}

TEST(ProvidedWeights, Resnet20HasThePublishedNumberOfParameters) {
  const auto path = data_file("cifar-10-resnet/resnet20-12fca82f.th");
  if (!fs::exists(path)) GTEST_SKIP() << "no weights: set MPQ_DATA to the data folder";
  std::int64_t parameters = 0;
  for (const auto& [name, tensor] : read_checkpoint(path).tensors)
    if (!name.ends_with("running_mean") && !name.ends_with("running_var")) parameters += tensor.numel();
  EXPECT_EQ(parameters, 269'722);  // 0.27 M in He et al., table 6
}

TEST(ProvidedWeights, MobileNetHasItsFoldedLayers) {
  const auto path = data_file("mobilenetv2/mobilenetv2-7-bnfolded.th");
  if (!fs::exists(path)) GTEST_SKIP() << "no weights: set MPQ_DATA to the data folder";
  const auto found = read_checkpoint(path);
  EXPECT_EQ(found.tensors.size(), 106U);
  EXPECT_EQ(numbers(found.tensors), 3'487'816);
  EXPECT_EQ(found.metadata, Json::object());
  EXPECT_EQ(find(found.tensors, "features.0.0.weight").sizes(), (torch::IntArrayRef{32, 3, 3, 3}));
  // "the classifier's weights are int8 values times one scale": values -94 to 127
  const auto codes = find(found.tensors, "classifier.1.weight") / 0.0026049718726426363F;
  EXPECT_EQ(codes.sizes(), (torch::IntArrayRef{1000, 1280}));
  EXPECT_LT((codes - codes.round()).abs().max().item<float>(), 1e-4F);
  EXPECT_EQ(codes.min().round().item<float>(), -94.0F);
  EXPECT_EQ(codes.max().round().item<float>(), 127.0F);
}

}  // namespace
}  // namespace mpq::models
