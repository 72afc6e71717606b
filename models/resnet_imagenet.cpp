// ResNet-18/34/50/101 as torchvision names and builds them: basic blocks or bottlenecks, shortcuts by 1×1
// convolutions where the shape changes, the stride in the 3×3 convolution of a bottleneck ("v1.5").
//
// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016. variant = "v1" is
//         the paper's own bottleneck, with the stride in the first 1×1; stem = "small" is the customary one
//         for 32×32 pictures: a 3×3 convolution of stride 1 and no pooling.

#include <array>

#include "models/registry.h"

namespace mpq::models {
namespace {

struct ResNetOptions {
  std::string stem = "large", variant = "v1.5";
  template <class Visitor>
  void fields(Visitor& f) {
    f("stem", stem, "7x7 of stride 2 with pooling, or 3x3 of stride 1 for 32x32 pictures", "customary",
      {"large", "small"});
    f("variant", variant, "where a bottleneck has its stride: v1.5 in the 3x3, v1 in the first 1x1",
      "torchvision; He et al. 2016", {"v1.5", "v1"});
  }
};

struct Shape {
  std::int64_t in, width, stride;
};

using Forward = std::function<torch::Tensor(const torch::Tensor&)>;

// The shortcut is made last, as in torchvision; it is the input itself where the shape stays.
Forward shortcut(Network& net, const std::string& name, std::int64_t in, std::int64_t out,
                 std::int64_t stride) {
  if (stride == 1 && in == out) return [](const torch::Tensor& x) { return x; };
  const auto projection = net.conv_norm(name + ".downsample.0", name + ".downsample.1",
                                        {.in = in, .out = out, .kernel = 1, .stride = stride});
  return [=](const torch::Tensor& x) { return projection(x, Activation::none); };
}

void basic_block(Network& net, const std::string& name, const Shape& s) {
  const auto first =
      net.conv_norm(name + ".conv1", name + ".bn1", {.in = s.in, .out = s.width, .stride = s.stride});
  const auto second = net.conv_norm(name + ".conv2", name + ".bn2", {.in = s.width, .out = s.width});
  const auto around = shortcut(net, name, s.in, s.width, s.stride);
  net.block(name, [=](const torch::Tensor& x) {
    return second(first(x, Activation::relu), Activation::relu, around(x));
  });
}

constexpr std::int64_t kExpansion = 4;

void bottleneck(Network& net, const std::string& name, const Shape& s, bool stride_first) {
  const auto out = s.width * kExpansion;
  const auto reduce = net.conv_norm(
      name + ".conv1", name + ".bn1",
      {.in = s.in, .out = s.width, .kernel = 1, .stride = stride_first ? s.stride : std::int64_t{1}});
  const auto middle =
      net.conv_norm(name + ".conv2", name + ".bn2",
                    {.in = s.width, .out = s.width, .stride = stride_first ? std::int64_t{1} : s.stride});
  const auto expand = net.conv_norm(name + ".conv3", name + ".bn3", {.in = s.width, .out = out, .kernel = 1});
  const auto around = shortcut(net, name, s.in, out, s.stride);
  net.block(name, [=](const torch::Tensor& x) {
    return expand(middle(reduce(x, Activation::relu), Activation::relu), Activation::relu, around(x));
  });
}

void build(Network& net, const std::array<int, 4>& blocks, bool bottlenecks, const ResNetOptions& options,
           const NetworkContext& context) {
  const bool small = options.stem == "small";
  const auto stem = net.conv_norm(
      "conv1", "bn1", {.in = context.channels, .out = 64, .kernel = small ? 3 : 7, .stride = small ? 1 : 2});
  net.block("stem", [=](const torch::Tensor& x) {
    const auto y = stem(x, Activation::relu);
    return small ? y : max_pool(y, 3, 2);
  });
  std::int64_t in = 64;
  for (int stage = 0; stage < 4; ++stage)
    for (int i = 0; i < blocks[stage]; ++i) {
      const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
      const Shape shape{in, std::int64_t{64} << stage, i == 0 && stage > 0 ? 2 : 1};
      if (bottlenecks)
        bottleneck(net, name, shape, options.variant == "v1");
      else
        basic_block(net, name, shape);
      in = shape.width * (bottlenecks ? kExpansion : 1);
    }
  auto* fc = net.linear("fc", in, context.classes);
  net.block("head", [=](const torch::Tensor& x) { return fc->forward(global_average(x)); });
}

}  // namespace

MPQ_REGISTER_NETWORK(resnet_imagenet) {
  struct Depth {
    int depth;
    std::array<int, 4> blocks;
  };
  for (const auto& [depth, blocks] : {Depth{18, {2, 2, 2, 2}}, Depth{34, {3, 4, 6, 3}},
                                      Depth{50, {3, 4, 6, 3}}, Depth{101, {3, 4, 23, 3}}}) {
    NetworkInfo info;
    info.name = "resnet" + std::to_string(depth);
    info.title = "ResNet-" + std::to_string(depth) + " for 224×224";
    info.citation = "He et al., CVPR 2016; torchvision";
    info.options = describe_options<ResNetOptions>();
    registry.add({info, [blocks = blocks, bottlenecks = depth >= 50](Network& net, const Json& options,
                                                                     const NetworkContext& context) {
                    build(net, blocks, bottlenecks, parse_options<ResNetOptions>(options, "network options"),
                          context);
                  }});
  }
}

}  // namespace mpq::models
