// MobileNetV1: pairs of a depthwise 3×3 and a pointwise convolution, ReLU6 behind each. Names as in timm's
// mobilenetv1_100.
//
// Source: Howard et al., "MobileNets: Efficient convolutional neural networks for mobile vision
//         applications", arXiv 1704.04861, table 1.

#include "models/make_divisible.h"
#include "models/registry.h"

namespace mpq::models {
namespace {

struct Stage {
  std::int64_t width;
  int blocks;
  std::int64_t stride;
};
constexpr Stage kStages[] = {{64, 1, 1}, {128, 2, 2}, {256, 2, 2}, {512, 6, 2}, {1024, 2, 2}};

void build(Network& net, double width, const NetworkContext& context) {
  auto in = make_divisible(32 * width);
  const auto stem = net.conv_norm("conv_stem", "bn1", {.in = context.channels, .out = in, .stride = 2});
  net.block("stem", [=](const torch::Tensor& x) { return stem(x, Activation::relu6); });
  for (std::size_t s = 0; s < std::size(kStages); ++s)
    for (int i = 0; i < kStages[s].blocks; ++i) {
      const auto name = "blocks." + std::to_string(s) + "." + std::to_string(i);
      const auto out = make_divisible(static_cast<double>(kStages[s].width) * width);
      const auto depthwise =
          net.conv_norm(name + ".conv_dw", name + ".bn1",
                        {.in = in, .out = in, .stride = i == 0 ? kStages[s].stride : 1, .groups = in});
      const auto pointwise =
          net.conv_norm(name + ".conv_pw", name + ".bn2", {.in = in, .out = out, .kernel = 1});
      net.block(name, [=](const torch::Tensor& x) {
        return pointwise(depthwise(x, Activation::relu6), Activation::relu6);
      });
      in = out;
    }
  auto* fc = net.linear("fc", in, context.classes);
  net.block("head", [=](const torch::Tensor& x) { return fc->forward(global_average(x)); });
}

struct Options {
  double width = 1;
  template <class Visitor>
  void fields(Visitor& f) {
    f("width", width, "width multiplier", "Howard et al. 2017 §3.3", Within(0.1, 4));
  }
};

}  // namespace

MPQ_REGISTER_NETWORK(mobilenet_v1) {
  NetworkInfo info;
  info.name = "mobilenet_v1";
  info.title = "MobileNetV1";
  info.citation = "Howard et al., arXiv 1704.04861; timm";
  info.options = describe_options<Options>();
  info.renames = {{"classifier.", "fc."}};
  registry.add({info, [](Network& net, const Json& options, const NetworkContext& context) {
                  build(net, parse_options<Options>(options, "network options").width, context);
                }});
}

}  // namespace mpq::models
