// ResNet-8/20/32/44/56/110 for 32×32 pictures: three stages of basic blocks, widths 16/32/64, parameter-free
// shortcuts ("option A": every second pixel, new channels zero on both sides) or, as an option, 1×1
// convolutions where the shape changes ("option B").
//
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, §4.2.

#include <torch/nn/functional.h>

#include "models/registry.h"

namespace mpq::models {
namespace {

torch::Tensor shortcut_a(const torch::Tensor& x, std::int64_t channels, std::int64_t stride) {
  if (stride == 1 && x.size(1) == channels) return x;
  using torch::indexing::Slice;
  const auto thinned = x.index(
      {Slice(), Slice(), Slice(0, torch::indexing::None, stride), Slice(0, torch::indexing::None, stride)});
  const auto side = (channels - x.size(1)) / 2;
  return at::constant_pad_nd(thinned, {0, 0, 0, 0, side, channels - x.size(1) - side})
      .contiguous(x.suggest_memory_format());
}

struct Options {
  std::string shortcut = "A";
  template <class Visitor>
  void fields(Visitor& f) {
    f("shortcut", shortcut, "A: without parameters, B: a 1x1 convolution where the shape changes",
      "He et al. 2016 §3.3", {"A", "B"});
  }
};

void basic_block(Network& net, const std::string& name, std::int64_t in, std::int64_t out,
                 std::int64_t stride, bool projected) {
  const auto first = net.conv_norm(name + ".conv1", name + ".bn1", {.in = in, .out = out, .stride = stride});
  const auto second = net.conv_norm(name + ".conv2", name + ".bn2", {.in = out, .out = out});
  if (projected && (stride != 1 || in != out)) {
    const auto shortcut = net.conv_norm(name + ".downsample.0", name + ".downsample.1",
                                        {.in = in, .out = out, .kernel = 1, .stride = stride});
    return net.block(name, [=](const torch::Tensor& x) {
      return second(first(x, Activation::relu), Activation::relu, shortcut(x, Activation::none));
    });
  }
  net.block(name, [=](const torch::Tensor& x) {
    return second(first(x, Activation::relu), Activation::relu, shortcut_a(x, out, stride));
  });
}

void build(Network& net, int blocks_per_stage, const Options& options, const NetworkContext& context) {
  const auto stem = net.conv_norm("conv1", "bn1", {.in = context.channels, .out = 16});
  net.block("stem", [=](const torch::Tensor& x) { return stem(x, Activation::relu); });
  std::int64_t in = 16;
  for (int stage = 1; stage <= 3; ++stage) {
    const std::int64_t out = std::int64_t{16} << (stage - 1);
    for (int i = 0; i < blocks_per_stage; ++i, in = out)
      basic_block(net, "layer" + std::to_string(stage) + "." + std::to_string(i), in, out,
                  i == 0 && stage > 1 ? 2 : 1, options.shortcut == "B");
  }
  auto* fc = net.linear("fc", 64, context.classes);
  net.block("head", [=](const torch::Tensor& x) { return fc->forward(global_average(x)); });
}

}  // namespace

MPQ_REGISTER_NETWORK(resnet_cifar) {
  for (const int depth : {8, 20, 32, 44, 56, 110}) {
    NetworkInfo info;
    info.name = "resnet" + std::to_string(depth);
    info.title = "ResNet-" + std::to_string(depth) + " for 32×32";
    info.citation = "He et al., CVPR 2016";
    info.options = describe_options<Options>();
    info.renames = {{"linear.", "fc."}};
    registry.add({info, [depth](Network& net, const Json& options, const NetworkContext& context) {
                    build(net, (depth - 2) / 6, parse_options<Options>(options, "network options"), context);
                  }});
  }
}

}  // namespace mpq::models
