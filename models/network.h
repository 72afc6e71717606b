#pragma once

#include <torch/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/meter.h"
#include "models/checkpoint.h"
#include "quant/layer.h"
#include "quant/norm.h"

namespace mpq::models {

using quant::Activation;
using quant::Layer;
using quant::Norm;
using quant::Policy;

/// Which tensor stands for a site's output when features are compared (rfquant.md §6.3): `after_activation`
/// is the unit's result, but where no activation follows the norm's output, without a residual.
enum class Tap { none, norm_output, after_activation };

/// A convolution and the norm that belongs to it: the unit that networks are written in.
class ConvNorm {
 public:
  ConvNorm(Layer* conv, Norm* norm, const Tap* tap, torch::Tensor* feature)
      : conv_(conv), norm_(norm), tap_(tap), feature_(feature) {}
  /// act(norm(conv(x)) [+ residual])
  torch::Tensor operator()(const torch::Tensor& x, Activation act, const torch::Tensor& residual = {}) const;

 private:
  Layer* conv_;
  Norm* norm_;
  const Tap* tap_;
  torch::Tensor* feature_;
};

/// A part of the chain. A block owns its shortcut, so that what enters it is all it depends on.
struct Block {
  std::string name;
  std::function<torch::Tensor(const torch::Tensor&)> forward;
  std::vector<std::size_t> sites;  ///< indices of the sites inside
};

struct ConvShape {
  std::int64_t in = 0, out = 0, kernel = 3, stride = 1, groups = 1;
  bool bias = false;

  std::int64_t padding() const { return (kernel - 1) / 2; }
};

/// How sites are quantized: what a method asks for.
struct QuantizationSpec {
  std::vector<int> candidates{6, 5, 4, 3, 2};  ///< descending; depthwise sites lose a final 2
  quant::QuantizerKind quantizer = quant::QuantizerKind::learned_step;
  quant::StepInit weight_init = quant::StepInit::three_sigma;
  quant::StepInit act_init = quant::StepInit::mean_abs;
  bool scale_gradient = false;
  bool norm_bank = false;  ///< one norm per (weight, activation) pair
};

/// A network as a chain of blocks with sites. Built once, float at first; `quantize` adds quantizers and
/// banks.
class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // --- building (in the network's file) ---
  ConvNorm conv_norm(const std::string& conv, const std::string& norm, ConvShape shape,
                     quant::NormSettings settings = {});
  /// A convolution without a norm: a site that features are not compared at.
  Layer* conv(const std::string& name, ConvShape shape);
  Layer* linear(const std::string& name, std::int64_t in, std::int64_t out);
  /// Closes a block: it owns every layer made since the last one.
  void block(std::string name, std::function<torch::Tensor(const torch::Tensor&)> forward);
  /// Runs once on zeros [1, C, H, W] to learn geometry and signedness.
  void finish(std::int64_t channels, std::int64_t height, std::int64_t width);
  /// He-normal weights keyed by (seed, "init", layer).
  void draw_weights(std::uint64_t seed);

  // --- use ---
  /// images [N, C, H, W], channels last → logits [N, classes].
  torch::Tensor forward(const torch::Tensor& images);
  const std::vector<Block>& blocks() const { return blocks_; }
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }
  /// The searchable layers, in forward order; a Policy has one pair for each.
  const std::vector<Layer*>& sites() const { return sites_; }
  std::vector<quant::LayerFacts> facts() const;
  std::vector<quant::SiteLists> construction_lists() const;
  std::vector<quant::SiteLists> current_lists() const;
  void set_current_lists(const std::vector<quant::SiteLists>& lists);

  void quantize(const QuantizationSpec& spec);
  bool is_quantized() const { return quantized_; }
  /// Sets widths and selects norms. Throws Error(bug) for a width outside a site's construction list.
  void set_policy(const Policy& policy);
  Policy policy() const;
  /// Keeps only what the current policy needs: single-entry banks.
  void narrow();
  void set_norm_use(quant::NormUse use);
  void reset_norm_statistics(bool all);

  /// Sites keep the chosen tensor of every later forward pass; read with take_features().
  void set_tap(Tap tap) { tap_ = tap; }
  std::vector<torch::Tensor> take_features();

  // --- state ---
  std::vector<quant::TensorRef> tensors();
  /// Copies of all tensors under their names; single norms are exported as [C].
  StateDict state();
  /// Loads what state() gave. Throws Error(input) naming every missing, extra and mis-shaped name.
  void load(const StateDict& state, const std::string& where);
  /// Loads a published float checkpoint: renames as [prefix → prefix]; counters of norms may be missing. A
  /// convolution that comes with a bias and without its norm has the norm folded into it: the norm becomes
  /// the identity plus that bias, with statistics that no batch moves. Throws like load().
  void load_published(const StateDict& tensors, const std::map<std::string, std::string>& renames,
                      const std::string& where);
  void to(torch::Dtype dtype);
  /// Enough to build the same structure again: widths and bank shape of every site.
  Json structure() const;
  /// Quantizes and narrows a float network as `structure` says, ready for load().
  void restore_structure(const Json& structure);

  /// Every image that goes forward is counted here.
  void set_meter(Meter* meter) { meter_ = meter; }
  Meter* meter() const { return meter_; }

 private:
  struct Unit {
    Layer* conv;
    Norm* norm;
  };
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::unique_ptr<Norm>> norms_;
  std::vector<Unit> units_;
  std::vector<Norm*> norm_of_site_;                       // null: a site without a norm
  std::vector<std::unique_ptr<torch::Tensor>> features_;  // one per site
  std::unique_ptr<torch::Tensor> unused_feature_ = std::make_unique<torch::Tensor>();
  std::vector<Layer*> sites_;
  std::vector<Block> blocks_;
  std::size_t first_site_of_block_ = 0;
  Tap tap_ = Tap::none;
  Meter* meter_ = nullptr;
  bool quantized_ = false;
  QuantizationSpec spec_;
};

/// The candidates a site gets from the study's descending list: depthwise sites do not go down to 2 bits
/// (rfquant.md §2.2).
std::vector<int> candidates_for(const quant::LayerFacts& facts, std::vector<int> candidates);

/// Whether outputs of `act` are never below 0.
bool is_non_negative(Activation act);
/// act(x) outside of a unit, e.g. behind a sum.
torch::Tensor activate(const torch::Tensor& x, Activation act);
/// [N, C, H, W] → [N, C]
torch::Tensor global_average(const torch::Tensor& x);
/// Squares of side `kernel`, padded by half of it where `kernel` is odd. Keeps the sign of its input.
torch::Tensor max_pool(const torch::Tensor& x, std::int64_t kernel, std::int64_t stride);
/// [N, C, H, W] → [N, C, side, side], each output the mean of its part. Keeps the sign of its input.
torch::Tensor average_to(const torch::Tensor& x, std::int64_t side);
/// [N, C, H, W] → [N, C·H·W], row-major whatever the memory format. Keeps the sign of its input.
torch::Tensor flattened(const torch::Tensor& x);
/// x [N, C, H, W] times gates [N, C, 1, 1] in [0, 1]. Keeps the sign of x.
torch::Tensor gate(const torch::Tensor& x, const torch::Tensor& gates);

}  // namespace mpq::models
