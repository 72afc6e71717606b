// MobileNetV2: inverted residuals with linear bottlenecks, so that the input of every expansion is signed.
// Names as in torchvision's mobilenet_v2. Its dropout before the classifier is a key of the recipe.
//
// Source: Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted residuals and linear bottlenecks",
//         CVPR 2018, table 2. stem = "small" is the customary variant for 32×32 pictures: stride 1 in the
//         stem and in the second stage.

#include "models/make_divisible.h"
#include "models/registry.h"

namespace mpq::models {
namespace {

struct Options {
  double width = 1;
  std::string stem = "large";
  int stages = 7;
  template <class Visitor>
  void fields(Visitor& f) {
    f("width", width, "width multiplier", "Sandler et al. 2018 §6.1", Within(0.1, 4));
    f("stem", stem, "strides for 224x224, or two of them left out for 32x32 pictures", "customary",
      {"large", "small"});
    f("stages", stages, "how many of the seven stages, for quick trials; 7 = the published network",
      "this project", Within(1, 7));
  }
};

struct Stage {
  std::int64_t expansion, width;
  int blocks;
  std::int64_t stride;
};
constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                             {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

void inverted_residual(Network& net, const std::string& name, std::int64_t in, std::int64_t out,
                       std::int64_t expansion, std::int64_t stride) {
  using Forward = std::function<torch::Tensor(const torch::Tensor&)>;
  const auto inside = in * expansion;
  const auto base = name + ".conv.";
  Forward expand = [](const torch::Tensor& x) { return x; };
  int next = 0;
  if (expansion != 1) {
    const auto unit = net.conv_norm(base + "0.0", base + "0.1", {.in = in, .out = inside, .kernel = 1});
    expand = [=](const torch::Tensor& x) { return unit(x, Activation::relu6); };
    next = 1;
  }
  const auto at = [&](int i) { return base + std::to_string(next + i); };
  const auto depthwise = net.conv_norm(at(0) + ".0", at(0) + ".1",
                                       {.in = inside, .out = inside, .stride = stride, .groups = inside});
  const auto project = net.conv_norm(at(1), at(2), {.in = inside, .out = out, .kernel = 1});
  const bool residual = stride == 1 && in == out;
  net.block(name, [=](const torch::Tensor& x) {
    return project(depthwise(expand(x), Activation::relu6), Activation::none, residual ? x : torch::Tensor());
  });
}

void build(Network& net, const Options& options, const NetworkContext& context) {
  const bool small = options.stem == "small";
  auto in = make_divisible(32 * options.width);
  const auto stem = net.conv_norm("features.0.0", "features.0.1",
                                  {.in = context.channels, .out = in, .stride = small ? 1 : 2});
  net.block("features.0", [=](const torch::Tensor& x) { return stem(x, Activation::relu6); });
  int index = 1;
  for (std::size_t s = 0; s < static_cast<std::size_t>(options.stages); ++s) {
    const auto& stage = kStages[s];
    const auto out = make_divisible(static_cast<double>(stage.width) * options.width);
    for (int i = 0; i < stage.blocks; ++i, ++index, in = out) {
      const bool thins = i == 0 && !(small && s == 1);
      inverted_residual(net, "features." + std::to_string(index), in, out, stage.expansion,
                        thins ? stage.stride : 1);
    }
  }
  const auto last = make_divisible(1280 * std::max(1.0, options.width));
  const auto name = "features." + std::to_string(index);
  const auto head = net.conv_norm(name + ".0", name + ".1", {.in = in, .out = last, .kernel = 1});
  net.block(name, [=](const torch::Tensor& x) { return head(x, Activation::relu6); });
  auto* fc = net.linear("fc", last, context.classes);
  net.block("head", [=](const torch::Tensor& x) { return fc->forward(global_average(x)); });
}

}  // namespace

MPQ_REGISTER_NETWORK(mobilenet_v2) {
  NetworkInfo info;
  info.name = "mobilenet_v2";
  info.title = "MobileNetV2";
  info.citation = "Sandler et al., CVPR 2018; torchvision";
  info.options = describe_options<Options>();
  info.renames = {{"classifier.1.", "fc."}};
  registry.add({info, [](Network& net, const Json& options, const NetworkContext& context) {
                  build(net, parse_options<Options>(options, "network options"), context);
                }});
}

}  // namespace mpq::models
