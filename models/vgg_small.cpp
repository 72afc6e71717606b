// The small VGG of quantization papers: six 3×3 convolutions, halved after every second one, and a linear
// layer.
//
// Source: Zhang, Yang, Ye, Hua, "LQ-Nets", ECCV 2018, the network for CIFAR-10.

#include "models/registry.h"

namespace mpq::models {
namespace {

void build(Network& net, const NetworkContext& context) {
  std::int64_t in = context.channels;
  for (int i = 0; i < 6; ++i) {
    const auto number = std::to_string(i);
    const std::int64_t out = std::int64_t{128} << (i / 2);
    const auto unit = net.conv_norm("conv" + number, "bn" + number, {.in = in, .out = out});
    const bool halved = i % 2 == 1;
    net.block("conv" + number, [=](const torch::Tensor& x) {
      const auto y = unit(x, Activation::relu);
      return halved ? max_pool(y, 2, 2) : y;
    });
    in = out;
  }
  auto* fc = net.linear("fc", in * (context.height / 8) * (context.width / 8), context.classes);
  net.block("head", [=](const torch::Tensor& x) { return fc->forward(flattened(x)); });
}

}  // namespace

MPQ_REGISTER_NETWORK(vgg_small) {
  NetworkInfo info;
  info.name = "vgg_small";
  info.title = "small VGG for 32×32";
  info.citation = "Zhang et al., ECCV 2018";
  registry.add({info, [](Network& net, const Json&, const NetworkContext& context) { build(net, context); }});
}

}  // namespace mpq::models
