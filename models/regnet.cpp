// RegNetX-400MF: bottlenecks of one width with 3×3 group convolutions of 16 channels a group. Names as in
// torchvision.
//
// Source: Radosavovic, Kosaraju, Girshick, He, Dollár, "Designing network design spaces", CVPR 2020, table of
//         RegNetX models.

#include "models/registry.h"

namespace mpq::models {
namespace {

struct Stage {
  std::int64_t width;
  int blocks;
};
constexpr Stage kStages[] = {{32, 1}, {64, 2}, {160, 7}, {400, 12}};
constexpr std::int64_t kGroupWidth = 16;

void block(Network& net, const std::string& name, std::int64_t in, std::int64_t out, std::int64_t stride) {
  using Forward = std::function<torch::Tensor(const torch::Tensor&)>;
  Forward around = [](const torch::Tensor& x) { return x; };
  if (in != out || stride != 1) {
    const auto projection = net.conv_norm(name + ".proj.0", name + ".proj.1",
                                          {.in = in, .out = out, .kernel = 1, .stride = stride});
    around = [=](const torch::Tensor& x) { return projection(x, Activation::none); };
  }
  const auto a = net.conv_norm(name + ".f.a.0", name + ".f.a.1", {.in = in, .out = out, .kernel = 1});
  const auto b = net.conv_norm(name + ".f.b.0", name + ".f.b.1",
                               {.in = out, .out = out, .stride = stride, .groups = out / kGroupWidth});
  const auto c = net.conv_norm(name + ".f.c.0", name + ".f.c.1", {.in = out, .out = out, .kernel = 1});
  net.block(name, [=](const torch::Tensor& x) {
    return c(b(a(x, Activation::relu), Activation::relu), Activation::relu, around(x));
  });
}

void build(Network& net, const NetworkContext& context) {
  std::int64_t in = 32;
  const auto stem = net.conv_norm("stem.0", "stem.1", {.in = context.channels, .out = in, .stride = 2});
  net.block("stem", [=](const torch::Tensor& x) { return stem(x, Activation::relu); });
  for (std::size_t s = 0; s < std::size(kStages); ++s)
    for (int i = 0; i < kStages[s].blocks; ++i, in = kStages[s].width) {
      const auto stage = std::to_string(s + 1);
      block(net, "trunk_output.block" + stage + ".block" + stage + "-" + std::to_string(i), in,
            kStages[s].width, i == 0 ? 2 : 1);
    }
  auto* fc = net.linear("fc", in, context.classes);
  net.block("head", [=](const torch::Tensor& x) { return fc->forward(global_average(x)); });
}

}  // namespace

MPQ_REGISTER_NETWORK(regnet) {
  NetworkInfo info;
  info.name = "regnet_x_400mf";
  info.title = "RegNetX-400MF";
  info.citation = "Radosavovic et al., CVPR 2020; torchvision";
  registry.add({info, [](Network& net, const Json&, const NetworkContext& context) { build(net, context); }});
}

}  // namespace mpq::models
