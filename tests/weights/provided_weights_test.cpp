// Published weights through our reader, loaders and networks, against the counts in the data's README.

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <iostream>

#include "core/file.h"
#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "models/load_state.h"
#include "models/registry.h"
#include "tests/support/cifar_folder.h"
#include "training/evaluate.h"

namespace mpq::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kTolerance = 1;  // images whose two best logits differ by less than a rounding
// Six of the 250 photographs have their two best logits within 0.05; a decoder of another version moves them.
constexpr int kPhotographTolerance = 2;

std::string data_folder() { return from_environment("MPQ_DATA"); }

/// Images whose label is among the `best` classes (at most 5).
std::int64_t right(const training::Predictions& seen, std::size_t best = 1) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < seen.label.size(); ++i)
    for (std::size_t k = 0; k < best; ++k) count += seen.top5[5 * i + k] == seen.label[i];
  return count;
}

TEST(ProvidedWeights, EveryCifarResNetGetsItsStatedCount) {
  const auto cifar = cifar_folder();
  if (data_folder().empty() || cifar.empty())
    GTEST_SKIP() << "needs MPQ_DATA and either MPQ_CIFAR or djxl to unpack CIFAR-10";
  if (!fs::exists(data_folder() + "/cifar-10-resnet")) GTEST_SKIP() << "MPQ_DATA has no cifar-10-resnet";
  const auto& entry = datasets::registry().find("cifar10", "test");
  const auto dataset = entry.open(Json::object(), cifar);
  at::set_num_threads(2);
  const std::tuple<const char*, const char*, std::int64_t> published[] = {
      {"resnet20", "resnet20-12fca82f.th", 9173},
      {"resnet32", "resnet32-d509ac18.th", 9263},
      {"resnet44", "resnet44-014dd654.th", 9310},
      {"resnet56", "resnet56-4bfd9763.th", 9339}};
  int checked = 0;
  for (const auto& [name, file, expected] : published) {
    const auto path = data_folder() + "/cifar-10-resnet/" + file;
    if (!fs::exists(path)) {
      std::cout << "not checked: " << path << " is not there\n";
      continue;
    }
    ++checked;
    auto network = models::make_network(name, Json::object(), {});
    network->load_published(models::read_checkpoint(path).tensors,
                            models::registry().find(name, "test").info.renames, path);
    const auto seen = training::predict(*network, datasets::TestSplit::open(dataset), dataset.info(), 1);
    EXPECT_NEAR(static_cast<double>(right(seen)), static_cast<double>(expected), kTolerance) << name;
    if (std::string(name) != "resnet20") continue;
    datasets::SplitView first{dataset.split(datasets::Split::train).images, {}};
    for (int i = 0; i < 2000; ++i) first.indices.push_back(i);
    EXPECT_NEAR(static_cast<double>(right(training::predict(*network, first, dataset.info(), 1))), 1997,
                kTolerance);
  }
  EXPECT_GT(checked, 0) << "the folder of weights holds none of the four files";
}

/// The floats of a NumPy file of format 1: magic and version (8 bytes), header length (2), header, data.
torch::Tensor read_npy(const std::string& path, std::vector<std::int64_t> shape) {
  const auto bytes = read_file(path);
  const auto header =
      static_cast<unsigned char>(bytes.at(8)) + 256U * static_cast<unsigned char>(bytes.at(9));
  auto values = torch::empty(shape);
  const auto data = 10 + header;
  EXPECT_EQ(bytes.size() - data, static_cast<std::size_t>(values.nbytes())) << path;
  std::memcpy(values.data_ptr(), bytes.data() + data, static_cast<std::size_t>(values.nbytes()));
  return values;
}

TEST(ProvidedWeights, FoldedMobileNetV2GivesTheLogitsOfItsTestVector) {
  const auto folder = data_folder() + "/mobilenetv2/";
  const auto path = folder + "mobilenetv2-7-bnfolded.th";
  if (data_folder().empty() || !fs::exists(path)) GTEST_SKIP() << "needs MPQ_DATA";
  models::NetworkContext context;
  context.classes = 1000, context.height = context.width = 224, context.draw_weights = false;
  const auto network = models::make_network("mobilenet_v2", Json::object(), context);
  network->load_published(models::read_checkpoint(path).tensors,
                          models::registry().find("mobilenet_v2", "test").info.renames, path);
  const torch::NoGradGuard no_grad;
  const auto input = read_npy(folder + "test_data_set/input_0.npy", {1, 3, 224, 224});
  const auto logits = network->forward(input.contiguous(at::MemoryFormat::ChannelsLast));
  const auto expected = read_npy(folder + "test_data_set/expected_output_0.npy", {1, 1000});
  // float32 arithmetic alone moves them by 3.1e-5 (data README); sums in another order by as much again.
  EXPECT_LT((logits - expected).abs().max().item<double>(), 2e-4);
}

// From JPEG files to classes: decoder, resampling, crop, normalisation, folded norms and network at once.
TEST(ProvidedWeights, FoldedMobileNetV2GetsItsStatedCountOnThePhotographs) {
  const auto path = data_folder() + "/mobilenetv2/mobilenetv2-7-bnfolded.th";
  if (data_folder().empty() || !fs::exists(path) || !fs::exists(data_folder() + "/imagenet-sample/val"))
    GTEST_SKIP() << "needs MPQ_DATA with mobilenetv2 and imagenet-sample";
  const Json options = {
      {"folder", "imagenet-sample"}, {"train", "val"}, {"test", "val"}, {"class_map", "synsets.txt"}};
  // Past any cache of decoded pictures: the files themselves.
  const auto dataset =
      datasets::registry().find("image_folder", "test").open_originals(options, data_folder());
  const auto& info = dataset.info();
  ASSERT_EQ(info.classes, 1000);
  models::NetworkContext context;
  context.classes = info.classes, context.height = info.height, context.width = info.width;
  context.draw_weights = false;
  const auto network = models::make_network("mobilenet_v2", Json::object(), context);
  network->load_published(models::read_checkpoint(path).tensors,
                          models::registry().find("mobilenet_v2", "test").info.renames, path);
  at::set_num_threads(2);
  const auto seen = training::predict(*network, datasets::TestSplit::open(dataset), info, 2);
  ASSERT_EQ(seen.label.size(), 250U);
  EXPECT_NEAR(static_cast<double>(right(seen)), 206, kPhotographTolerance);
  EXPECT_NEAR(static_cast<double>(right(seen, 5)), 245, kPhotographTolerance);
}

TEST(ProvidedWeights, OfAnotherNetworkAreRefusedWithEveryName) {
  const auto path = data_folder() + "/cifar-10-resnet/resnet32-d509ac18.th";
  if (data_folder().empty() || !fs::exists(path)) GTEST_SKIP() << "needs MPQ_DATA";
  auto network = models::make_network("resnet20", Json::object(), {});
  try {
    network->load_published(models::read_checkpoint(path).tensors, {{"linear.", "fc."}}, path);
    FAIL() << "a ResNet-32 was taken for a ResNet-20";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::input);
    EXPECT_NE(std::string(error.what()).find("layer1.3.conv1.weight"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace mpq::testing
