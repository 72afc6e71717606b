// MobileNetV3-Small and -Large: inverted residuals with squeeze-and-excite and hard-swish, whose outputs
// reach below zero, so that most inputs are signed. Names as in torchvision. Its dropout is left out.
//
// Source: Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2; norm constants as in
// torchvision.

#include "models/make_divisible.h"
#include "models/registry.h"

namespace mpq::models {
namespace {

constexpr quant::NormSettings kNorm{.epsilon = 1e-3, .momentum = 0.01};

struct Row {
  std::int64_t kernel, inside, out;
  bool squeeze, swish;
  std::int64_t stride;
};
using Rows = std::vector<Row>;

const Rows kSmall = {{3, 16, 16, true, false, 2}, {3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1},
                     {5, 96, 40, true, true, 2},  {5, 240, 40, true, true, 1},  {5, 240, 40, true, true, 1},
                     {5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1},  {5, 288, 96, true, true, 2},
                     {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1}};
const Rows kLarge = {
    {3, 16, 16, false, false, 1}, {3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1},
    {5, 72, 40, true, false, 2},  {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1},
    {3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1},
    {3, 184, 80, false, true, 1}, {3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1},
    {5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1}};

using Forward = std::function<torch::Tensor(const torch::Tensor&)>;

// Gates channels by what the whole picture says about them.
Forward squeeze_excite(Network& net, const std::string& name, std::int64_t channels) {
  const auto narrow = make_divisible(static_cast<double>(channels) / 4);
  auto* first = net.conv(name + ".fc1", {.in = channels, .out = narrow, .kernel = 1, .bias = true});
  auto* second = net.conv(name + ".fc2", {.in = narrow, .out = channels, .kernel = 1, .bias = true});
  return [=](const torch::Tensor& x) {
    const auto pooled = global_average(x);
    auto squeezed = pooled.view({pooled.size(0), pooled.size(1), 1, 1});
    if (quant::Trace::is_non_negative(pooled)) squeezed = quant::Trace::non_negative(squeezed);
    const auto gates = at::hardsigmoid(second->forward(activate(first->forward(squeezed), Activation::relu)));
    return gate(x, gates);
  };
}

void inverted_residual(Network& net, const std::string& name, std::int64_t in, const Row& row) {
  const auto act = row.swish ? Activation::hard_swish : Activation::relu;
  int part = 0;
  const auto next = [&] { return name + ".block." + std::to_string(part++); };
  Forward expand = [](const torch::Tensor& x) { return x; };
  if (row.inside != in) {
    const auto at = next();
    const auto unit = net.conv_norm(at + ".0", at + ".1", {.in = in, .out = row.inside, .kernel = 1}, kNorm);
    expand = [=](const torch::Tensor& x) { return unit(x, act); };
  }
  const auto at = next();
  const auto depthwise = net.conv_norm(
      at + ".0", at + ".1",
      {.in = row.inside, .out = row.inside, .kernel = row.kernel, .stride = row.stride, .groups = row.inside},
      kNorm);
  Forward excite = [](const torch::Tensor& x) { return x; };
  if (row.squeeze) excite = squeeze_excite(net, next(), row.inside);
  const auto last = next();
  const auto project =
      net.conv_norm(last + ".0", last + ".1", {.in = row.inside, .out = row.out, .kernel = 1}, kNorm);
  const bool residual = row.stride == 1 && in == row.out;
  net.block(name, [=](const torch::Tensor& x) {
    return project(excite(depthwise(expand(x), act)), Activation::none, residual ? x : torch::Tensor());
  });
}

void build(Network& net, const Rows& rows, std::int64_t hidden, const NetworkContext& context) {
  std::int64_t in = 16;
  const auto stem =
      net.conv_norm("features.0.0", "features.0.1", {.in = context.channels, .out = in, .stride = 2}, kNorm);
  net.block("features.0", [=](const torch::Tensor& x) { return stem(x, Activation::hard_swish); });
  std::size_t index = 1;
  for (const auto& row : rows) {
    inverted_residual(net, "features." + std::to_string(index++), in, row);
    in = row.out;
  }
  const auto wide = 6 * in;
  const auto name = "features." + std::to_string(index);
  const auto head = net.conv_norm(name + ".0", name + ".1", {.in = in, .out = wide, .kernel = 1}, kNorm);
  net.block(name, [=](const torch::Tensor& x) { return head(x, Activation::hard_swish); });
  auto* first = net.linear("classifier.0", wide, hidden);
  auto* fc = net.linear("fc", hidden, context.classes);
  net.block("head", [=](const torch::Tensor& x) {
    return fc->forward(activate(first->forward(global_average(x)), Activation::hard_swish));
  });
}

}  // namespace

MPQ_REGISTER_NETWORK(mobilenet_v3) {
  for (const bool large : {false, true}) {
    NetworkInfo info;
    info.name = large ? "mobilenet_v3_large" : "mobilenet_v3_small";
    info.title = large ? "MobileNetV3-Large" : "MobileNetV3-Small";
    info.citation = "Howard et al., ICCV 2019; torchvision";
    info.renames = {{"classifier.3.", "fc."}};
    registry.add({info, [large](Network& net, const Json&, const NetworkContext& context) {
                    build(net, large ? kLarge : kSmall, large ? 1280 : 1024, context);
                  }});
  }
}

}  // namespace mpq::models
