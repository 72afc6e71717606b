// EfficientNet-Lite0 … 4: EfficientNet without squeeze-and-excite, ReLU6 for swish, stem and head not scaled.
// Names as in timm; its drop-path and dropout are left out.
//
// Source: Tan and Le, "EfficientNet: Rethinking model scaling for convolutional neural networks", ICML 2019;
//         the Lite variants of its authors' repository (2020).

#include <cmath>

#include "models/make_divisible.h"
#include "models/registry.h"

namespace mpq::models {
namespace {

struct Stage {
  std::int64_t expansion, width;
  int blocks;
  std::int64_t kernel, stride;
};
constexpr Stage kStages[] = {{1, 16, 1, 3, 1},  {6, 24, 2, 3, 2},  {6, 40, 2, 5, 2}, {6, 80, 3, 3, 2},
                             {6, 112, 3, 5, 1}, {6, 192, 4, 5, 2}, {6, 320, 1, 3, 1}};

struct Scale {
  double width, depth;
  int side;
};
constexpr Scale kScales[] = {
    {1.0, 1.0, 224}, {1.0, 1.1, 240}, {1.1, 1.2, 260}, {1.2, 1.4, 280}, {1.4, 1.8, 300}};

void block(Network& net, const std::string& name, std::int64_t in, std::int64_t out, const Stage& stage,
           std::int64_t stride) {
  const auto inside = in * stage.expansion;
  const ConvShape spread{
      .in = inside, .out = inside, .kernel = stage.kernel, .stride = stride, .groups = inside};
  const bool residual = stride == 1 && in == out;
  if (stage.expansion == 1) {  // a depthwise separable convolution
    const auto depthwise = net.conv_norm(name + ".conv_dw", name + ".bn1", spread);
    const auto project =
        net.conv_norm(name + ".conv_pw", name + ".bn2", {.in = inside, .out = out, .kernel = 1});
    net.block(name, [=](const torch::Tensor& x) {
      return project(depthwise(x, Activation::relu6), Activation::none, residual ? x : torch::Tensor());
    });
    return;
  }
  const auto expand = net.conv_norm(name + ".conv_pw", name + ".bn1", {.in = in, .out = inside, .kernel = 1});
  const auto depthwise = net.conv_norm(name + ".conv_dw", name + ".bn2", spread);
  const auto project =
      net.conv_norm(name + ".conv_pwl", name + ".bn3", {.in = inside, .out = out, .kernel = 1});
  net.block(name, [=](const torch::Tensor& x) {
    return project(depthwise(expand(x, Activation::relu6), Activation::relu6), Activation::none,
                   residual ? x : torch::Tensor());
  });
}

void build(Network& net, const Scale& scale, const NetworkContext& context) {
  std::int64_t in = 32;
  const auto stem = net.conv_norm("conv_stem", "bn1", {.in = context.channels, .out = in, .stride = 2});
  net.block("stem", [=](const torch::Tensor& x) { return stem(x, Activation::relu6); });
  for (std::size_t s = 0; s < std::size(kStages); ++s) {
    const auto& stage = kStages[s];
    const bool end = s == 0 || s + 1 == std::size(kStages);  // the first and last stages are never deepened
    const auto blocks = end ? stage.blocks : static_cast<int>(std::ceil(stage.blocks * scale.depth));
    const auto out = make_divisible(static_cast<double>(stage.width) * scale.width);
    for (int i = 0; i < blocks; ++i, in = out)
      block(net, "blocks." + std::to_string(s) + "." + std::to_string(i), in, out, stage,
            i == 0 ? stage.stride : 1);
  }
  constexpr std::int64_t kHead = 1280;
  const auto head = net.conv_norm("conv_head", "bn2", {.in = in, .out = kHead, .kernel = 1});
  net.block("conv_head", [=](const torch::Tensor& x) { return head(x, Activation::relu6); });
  auto* fc = net.linear("fc", kHead, context.classes);
  net.block("head", [=](const torch::Tensor& x) { return fc->forward(global_average(x)); });
}

}  // namespace

MPQ_REGISTER_NETWORK(efficientnet_lite) {
  for (std::size_t i = 0; i < std::size(kScales); ++i) {
    NetworkInfo info;
    info.name = "efficientnet_lite" + std::to_string(i);
    info.title = "EfficientNet-Lite" + std::to_string(i) + " for " + std::to_string(kScales[i].side) + "×" +
                 std::to_string(kScales[i].side);
    info.citation = "Tan and Le, ICML 2019; timm";
    info.renames = {{"classifier.", "fc."}};
    registry.add({info, [scale = kScales[i]](Network& net, const Json&, const NetworkContext& context) {
                    build(net, scale, context);
                  }});
  }
}

}  // namespace mpq::models
