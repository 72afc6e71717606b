// Networks as graphs: what follows from how a network is written down, over everything registered where it
// can be.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/error.h"
#include "models/load_state.h"
#include "models/registry.h"

namespace mpq::models {
namespace {

NetworkContext small_context() {
  NetworkContext context;
  context.height = context.width = 64;
  context.seed = 5;
  return context;
}

// Too large to be run by a test that looks at shapes alone.
bool is_huge(const std::string& name) { return name == "vgg16_bn" || name == "resnet101"; }

const quant::LayerFacts& site(const Network& network, const std::string& name) {
  for (const auto* layer : network.sites())
    if (layer->name() == name) return layer->facts();
  throw std::runtime_error("no site " + name);
}

std::vector<std::string> signed_sites(const Network& network) {
  std::vector<std::string> names;
  for (const auto* layer : network.sites())
    if (layer->facts().signed_input) names.push_back(layer->name());
  return names;
}

// Some names of every kind of tensor in checkpoints of torchvision (ResNet, MobileNetV2 and V3, VGG, RegNet), timm
// (EfficientNet-Lite) and akamaster/pytorch_resnet_cifar10, which published weights are looked up by.
TEST(Networks, HaveTheNamesOfTheirPublishedCheckpoints) {
  const std::map<std::string, std::vector<std::string>> published = {
      {"resnet20", {"conv1.weight", "bn1.bias", "layer3.2.bn2.running_var", "linear.bias"}},
      {"resnet18",
       {"layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_mean", "layer4.1.bn2.weight"}},
      {"resnet50",
       {"layer1.0.downsample.1.running_var", "layer3.5.conv3.weight", "layer4.2.bn3.bias", "fc.weight"}},
      {"mobilenet_v2",
       {"features.0.1.running_mean", "features.1.conv.0.0.weight", "features.1.conv.2.bias",
        "features.17.conv.1.1.weight", "features.17.conv.3.running_var", "features.18.1.weight",
        "classifier.1.weight"}},
      {"mobilenet_v3_small",
       {"features.0.1.weight", "features.1.block.0.1.running_mean", "features.1.block.1.fc1.bias",
        "features.1.block.1.fc2.weight", "features.1.block.2.1.bias", "features.2.block.2.0.weight",
        "features.12.1.running_var", "classifier.0.weight", "classifier.3.bias"}},
      {"mobilenet_v3_large",
       {"features.4.block.2.fc1.weight", "features.15.block.3.1.weight", "features.16.0.weight"}},
      {"efficientnet_lite0",
       {"conv_stem.weight", "bn1.running_mean", "blocks.0.0.conv_dw.weight", "blocks.0.0.conv_pw.weight",
        "blocks.0.0.bn2.bias", "blocks.1.0.conv_pwl.weight", "blocks.6.0.bn3.running_var", "conv_head.weight",
        "bn2.weight", "classifier.bias"}},
      {"vgg16_bn",
       {"features.0.bias", "features.1.running_mean", "features.40.weight", "features.41.bias",
        "classifier.3.weight", "classifier.6.bias"}},
      {"regnet_x_400mf",
       {"stem.0.weight", "stem.1.running_var", "trunk_output.block1.block1-0.proj.1.weight",
        "trunk_output.block3.block3-4.f.b.0.weight", "trunk_output.block4.block4-11.f.c.1.bias",
        "fc.weight"}},
  };
  for (const auto& [network_name, names] : published) {
    auto context = small_context();
    context.draw_weights = false;
    const auto network = make_network(network_name, Json::object(), context);
    std::set<std::string> ours;
    for (const auto& ref : network->tensors()) ours.insert(ref.name);
    for (const auto& name : names)
      EXPECT_TRUE(ours.contains(renamed(name, registry().find(network_name, "test").info.renames)))
          << network_name << " " << name;
  }
}

TEST(Networks, GiveFiniteLogitsFloatAndQuantizedAndHaveNamesOfTheirOwn) {
  for (const auto& [name, entry] : registry().all()) {
    if (is_huge(name)) continue;
    SCOPED_TRACE(name);
    const auto network = make_network(name, Json::object(), small_context());
    const auto x = torch::linspace(-1, 1, 2 * 3 * 64 * 64)
                       .sin()
                       .view({2, 3, 64, 64})
                       .contiguous(at::MemoryFormat::ChannelsLast);
    const torch::NoGradGuard no_grad;
    network->set_norm_use(quant::NormUse::batch);
    EXPECT_TRUE(network->forward(x).isfinite().all().item<bool>());
    network->quantize({.candidates = {6, 4, 2}, .norm_bank = true});
    network->set_policy(quant::uniform_policy(network->construction_lists(), {4, 4}));
    const auto logits = network->forward(x);
    EXPECT_EQ(logits.sizes(), (torch::IntArrayRef{2, 10}));
    EXPECT_TRUE(logits.isfinite().all().item<bool>());
    std::set<std::string> names;
    for (const auto& ref : network->tensors()) EXPECT_TRUE(names.insert(ref.name).second) << ref.name;
    std::size_t in_blocks = 0;
    for (const auto& block : network->blocks()) in_blocks += block.sites.size();
    EXPECT_EQ(in_blocks, network->sites().size());
  }
}

TEST(Networks, DepthwiseSitesHaveNoTwoBits) {
  for (const std::string name :
       {"mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_lite0"}) {
    const auto network = make_network(name, Json::object(), small_context());
    network->quantize({.candidates = {4, 3, 2}});
    int depthwise = 0;
    for (const auto* layer : network->sites()) {
      const bool two = layer->construction_lists().weight.back() == 2;
      EXPECT_EQ(two, !layer->facts().depthwise()) << name << " " << layer->name();
      depthwise += layer->facts().depthwise();
    }
    EXPECT_GE(depthwise, 11) << name;
  }
}

TEST(Signedness, FollowsFromTheGraph) {
  const auto v2 = make_network("mobilenet_v2", Json::object(), small_context());
  EXPECT_FALSE(site(*v2, "features.1.conv.0.0").signed_input);  // behind the stem's ReLU6
  EXPECT_TRUE(site(*v2, "features.2.conv.0.0").signed_input);   // behind a linear bottleneck
  EXPECT_FALSE(site(*v2, "features.2.conv.1.0").signed_input);
  EXPECT_TRUE(site(*v2, "features.18.0").signed_input);
  EXPECT_FALSE(v2->layers().back()->facts().signed_input);  // the classifier, behind pooled ReLU6

  const auto v3 = make_network("mobilenet_v3_small", Json::object(), small_context());
  EXPECT_TRUE(site(*v3, "features.1.block.0.0").signed_input);     // hard-swish reaches −3/8
  EXPECT_FALSE(site(*v3, "features.1.block.1.fc1").signed_input);  // pooled ReLU
  EXPECT_FALSE(site(*v3, "features.1.block.1.fc2").signed_input);
  EXPECT_FALSE(site(*v3, "features.1.block.2.0").signed_input);  // ReLU times a gate
  EXPECT_TRUE(site(*v3, "features.4.block.3.0").signed_input);   // hard-swish times a gate
  EXPECT_TRUE(v3->layers().back()->facts().signed_input);

  for (const std::string name :
       {"resnet18", "resnet50", "resnet20", "vgg_small", "mobilenet_v1", "regnet_x_400mf"}) {
    const auto network = make_network(name, Json::object(), small_context());
    for (const auto* layer : network->sites())
      EXPECT_FALSE(layer->facts().signed_input) << name << " " << layer->name();
    EXPECT_FALSE(network->layers().back()->facts().signed_input) << name;
  }
}

// The first convolution of every block that expands, and the one behind the last block: 16 + 1 of 51 sites
// (rfquant.md §2.1).
TEST(Signedness, MobileNetV2HasSeventeenSignedSites) {
  std::vector<std::string> expected;
  for (int block = 2; block <= 17; ++block)
    expected.push_back("features." + std::to_string(block) + ".conv.0.0");
  expected.emplace_back("features.18.0");
  const auto network = make_network("mobilenet_v2", Json::object(), small_context());
  EXPECT_EQ(network->sites().size(), 51U);
  EXPECT_EQ(signed_sites(*network), expected);
}

// Stages 1 … 6 expand, and the head is behind them; the one block of stage 0 starts behind the stem's ReLU6,
// so that its conv_pw, which is a projection, reads a ReLU6 as well (rfquant.md §2.1).
TEST(Signedness, EfficientNetLiteHasOneForEveryExpansionAndTheHead) {
  constexpr int kBlocks[] = {1, 2, 2, 3, 3, 4, 1};  // of Lite0
  std::vector<std::string> expected;
  for (int stage = 1; stage <= 6; ++stage)
    for (int i = 0; i < kBlocks[stage]; ++i)
      expected.push_back("blocks." + std::to_string(stage) + "." + std::to_string(i) + ".conv_pw");
  expected.emplace_back("conv_head");
  const auto network = make_network("efficientnet_lite0", Json::object(), small_context());
  EXPECT_EQ(network->sites().size(), 48U);
  EXPECT_EQ(signed_sites(*network), expected);
  EXPECT_FALSE(network->layers().back()->facts().signed_input);  // pooled ReLU6
  for (const std::string larger : {"efficientnet_lite1", "efficientnet_lite2"}) {
    const auto other = make_network(larger, Json::object(), small_context());
    int expansions = 0;
    for (const auto* layer : other->sites()) expansions += layer->name().ends_with(".conv_pwl");
    EXPECT_EQ(signed_sites(*other).size(), static_cast<std::size_t>(expansions) + 1) << larger;
  }
}

// Every input behind the first is a ReLU, pooled or not, and so are those of its three linear layers.
TEST(Signedness, Vgg16ReadsNothingSignedBehindThePicture) {
  auto context = small_context();
  context.draw_weights = false;  // 138 million of them
  const auto network = make_network("vgg16_bn", Json::object(), context);
  ASSERT_EQ(network->layers().size(), 16U);
  for (std::size_t i = 1; i < network->layers().size(); ++i)
    EXPECT_FALSE(network->layers()[i]->facts().signed_input) << network->layers()[i]->name();
}

TEST(ResNet, StrideOfABottleneckFollowsTheVariant) {
  const auto modern = make_network("resnet50", Json::object(), small_context());
  const auto original = make_network("resnet50", {{"variant", "v1"}}, small_context());
  EXPECT_EQ(site(*modern, "layer2.0.conv1").stride, 1);
  EXPECT_EQ(site(*modern, "layer2.0.conv2").stride, 2);
  EXPECT_EQ(site(*original, "layer2.0.conv1").stride, 2);
  EXPECT_EQ(site(*original, "layer2.0.conv2").stride, 1);
}

TEST(MobileNet, WidthMultipliersRoundAsPublished) {
  // Channels of torchvision's mobilenet_v2(width_mult=0.75): 24 in the stem, 240 in the last bottleneck, 1280
  // out.
  const auto network = make_network("mobilenet_v2", {{"width", 0.75}}, small_context());
  EXPECT_EQ(network->layers().front()->facts().out_channels, 24);
  EXPECT_EQ(site(*network, "features.18.0").in_channels, 240);
  EXPECT_EQ(site(*network, "features.18.0").out_channels, 1280);
}

TEST(FoldedNorms, BecomeTheIdentityPlusTheBias) {
  auto context = small_context();
  const auto plain = make_network("mobilenet_v2", Json::object(), context);
  StateDict folded;
  torch::Tensor bias;
  for (const auto& [name, tensor] : plain->state()) {
    if (name.find(".running") != std::string::npos || name.ends_with(".used") || name.ends_with("_tracked"))
      continue;
    if (tensor.dim() == 1 && !name.starts_with("fc")) continue;  // weight and bias of a norm
    folded.emplace_back(name, tensor);
    if (tensor.dim() == 4)
      folded.emplace_back(name.substr(0, name.size() - 6) + "bias", torch::full({tensor.size(0)}, 0.25));
  }
  const auto loaded = make_network("mobilenet_v2", Json::object(), context);
  loaded->load_published(folded, {}, "folded");
  const torch::NoGradGuard no_grad;
  const auto x = torch::ones({1, 3, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast);
  auto& conv = *loaded->layers().front();
  const auto expected = at::conv2d(x, conv.weight(), torch::full({32}, 0.25), 2, 1).clamp(0, 6);
  EXPECT_TRUE(loaded->blocks().front().forward(x).allclose(expected, 1e-6, 1e-6));

  // Batches move no statistics of a folded network, whatever they are read for.
  const auto before = loaded->state();
  loaded->reset_norm_statistics(true);
  for (const auto use : {quant::NormUse::update, quant::NormUse::recalibrate, quant::NormUse::batch}) {
    loaded->set_norm_use(use);
    EXPECT_TRUE(loaded->blocks().front().forward(x).allclose(expected, 1e-6, 1e-6));
  }
  loaded->set_norm_use(quant::NormUse::stored);
  const auto after = loaded->state();
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].first.ends_with(".used")) continue;
    EXPECT_TRUE(torch::equal(before[i].second, after[i].second)) << before[i].first;
  }
  const auto copied = make_network("mobilenet_v2", Json::object(), context);
  copied->load(before, "a copy");  // the state alone says so
  copied->set_norm_use(quant::NormUse::recalibrate);
  EXPECT_TRUE(copied->blocks().front().forward(x).allclose(expected, 1e-6, 1e-6));

  folded.pop_back();  // half a layer is no layer
  EXPECT_THROW(loaded->load_published(folded, {}, "folded"), Error);
}

TEST(FixedGridNetwork, IsBuiltAgainFromItsStructure) {
  const auto network = make_network("resnet8", Json::object(), {});
  QuantizationSpec spec;
  spec.candidates = {8, 4};
  spec.quantizer = quant::QuantizerKind::fixed_grid;
  network->quantize(spec);
  network->set_policy(quant::Policy(network->sites().size(), {4, 8}));
  network->narrow();
  const torch::NoGradGuard no_grad;
  torch::manual_seed(1);
  const auto x = torch::randn({4, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto logits = network->forward(x);  // activations find their grids here
  const auto again = make_network("resnet8", Json::object(), {});
  again->restore_structure(network->structure());
  again->load(network->state(), "a copy");
  EXPECT_TRUE(torch::equal(again->forward(x), logits));
  EXPECT_GT((logits - make_network("resnet8", Json::object(), {})->forward(x)).abs().max().item<float>(), 0);
}

TEST(Tap, LeavesTheResidualOfALinearBottleneckOut) {
  Network network;
  const auto stem = network.conv_norm("stem", "stem_norm", {.in = 3, .out = 4});
  const auto project = network.conv_norm("project", "project_norm", {.in = 4, .out = 4, .kernel = 1});
  torch::Tensor entered, left;
  Activation act = Activation::none;
  network.block("stem", [&](const torch::Tensor& x) { return stem(x, Activation::relu6); });
  network.block("bottleneck", [&](const torch::Tensor& x) { return left = project(entered = x, act, x); });
  network.finish(3, 8, 8);
  network.draw_weights(1);
  network.set_tap(Tap::after_activation);
  const torch::NoGradGuard no_grad;
  const auto images = torch::ones({2, 3, 8, 8});

  network.forward(images);
  EXPECT_TRUE(torch::allclose(network.take_features().front() + entered, left));
  act = Activation::relu;  // in a residual block of a ResNet the block's output is compared
  network.forward(images);
  EXPECT_TRUE(torch::equal(network.take_features().front(), left));
}

TEST(SqueezeExcite, SitesWithoutANormAreLeftOutOfTheFeatures) {
  const auto network = make_network("mobilenet_v3_small", Json::object(), small_context());
  const torch::NoGradGuard no_grad;
  network->set_tap(Tap::after_activation);
  network->forward(torch::zeros({1, 3, 64, 64}));
  const auto features = network->take_features();
  ASSERT_EQ(features.size(), network->sites().size());
  for (std::size_t i = 0; i < features.size(); ++i)
    EXPECT_EQ(features[i].defined(), network->sites()[i]->name().find(".fc") == std::string::npos)
        << network->sites()[i]->name();
}

}  // namespace
}  // namespace mpq::models
