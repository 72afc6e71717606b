// VGG-16 with batch norm as in torchvision: 224×224, three linear layers; its dropout is left out.
//
// Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR
//         2015, configuration D.

#include "models/registry.h"

namespace mpq::models {
namespace {

void build(Network& net, const NetworkContext& context) {
  constexpr int kPool = 0;
  constexpr int kPlan[] = {64,    64,  kPool, 128, 128,   kPool, 256, 256, 256,
                           kPool, 512, 512,   512, kPool, 512,   512, 512, kPool};
  std::int64_t in = context.channels;
  int position = 0;  // in torchvision's nn.Sequential: convolution, norm, ReLU, and one for a pool
  for (const int out : kPlan) {
    const auto name = "features." + std::to_string(position);
    if (out == kPool) {
      net.block(name, [](const torch::Tensor& x) { return max_pool(x, 2, 2); });
      ++position;
      continue;
    }
    const auto unit =
        net.conv_norm(name, "features." + std::to_string(position + 1), {.in = in, .out = out, .bias = true});
    net.block(name, [=](const torch::Tensor& x) { return unit(x, Activation::relu); });
    in = out;
    position += 3;
  }
  constexpr std::int64_t kSide = 7, kHidden = 4096;
  auto* first = net.linear("classifier.0", in * kSide * kSide, kHidden);
  auto* second = net.linear("classifier.3", kHidden, kHidden);
  auto* fc = net.linear("fc", kHidden, context.classes);
  net.block("head", [=](const torch::Tensor& x) {
    const auto pooled = flattened(average_to(x, kSide));
    return fc->forward(
        activate(second->forward(activate(first->forward(pooled), Activation::relu)), Activation::relu));
  });
}

}  // namespace

MPQ_REGISTER_NETWORK(vgg16_bn) {
  NetworkInfo info;
  info.name = "vgg16_bn";
  info.title = "VGG-16 with batch norm";
  info.citation = "Simonyan and Zisserman, ICLR 2015; torchvision";
  info.renames = {{"classifier.6.", "fc."}};
  registry.add({info, [](Network& net, const Json&, const NetworkContext& context) { build(net, context); }});
}

}  // namespace mpq::models
