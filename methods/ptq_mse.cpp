// ptq_mse: post-training quantization, ranges of least error.
//
// Source: the min-error range search of BRECQ (Li et al., ICLR 2021) without its reconstruction.
// Idea:   no training at all: every weight channel and every activation gets the range that distorts its own
//         values least, weights first, activations from one batch that passes through quantized weights.
// Cost:   one forward pass of `images` calibration images per budget.
// Differences: uniform policies alone; norms are calibrated again by the harness, as for every method here.

#include <algorithm>

#include "methods/registry.h"
#include "methods/retrain.h"

namespace mpq::methods {
namespace {

class PtqMse final : public Method {
 public:
  struct Options {
    std::int64_t images = 64;
    template <class Visitor>
    void fields(Visitor& f) {
      f("images", images, "calibration images that activation ranges are searched on",
        "BRECQ: one batch of 64", Within(1, 4096));
    }
  };
  explicit PtqMse(Options options) : options_(options) {}

  Prepared prepare(Task&) override { return {}; }

  Deployed deploy(Task& task, const Prepared&, const quant::Budget& budget) override {
    const Meter::Phase phase(task.meter(), "calibrate");
    const torch::NoGradGuard no_grad;
    auto network = task.float_network();
    const auto policy = best_uniform_policy(task, *network, budget);
    models::QuantizationSpec spec;
    spec.candidates = task.candidates();
    spec.quantizer = quant::QuantizerKind::fixed_grid;
    network->quantize(spec);
    network->set_policy(policy);
    network->narrow();
    network->set_norm_use(quant::NormUse::stored);
    const auto& images = task.calib_images();
    network->forward(images.slice(0, 0, std::min(options_.images, images.size(0))));
    return {std::move(network), {}};
  }

 private:
  Options options_;
};

}  // namespace

MPQ_REGISTER_METHOD(ptq_mse) {
  registry.add<PtqMse>({.name = "ptq_mse",
                        .title = "PTQ (MSE)",
                        .family = "post_training",
                        .citation = "range search of Li et al., ICLR 2021",
                        .summary = "Post-training: ranges of least error, no training.",
                        .revision = 2,
                        .needs = {.training = false, .gradients_in_deploy = false, .labels = false},
                        .search_costs = {{"deploy", {"images"}}}});
}

}  // namespace mpq::methods
