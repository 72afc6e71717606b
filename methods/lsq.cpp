// lsq: one width for all sites, learned step sizes.
//
// Source: Esser, McKinstry, Bablani, Appuswamy, Modha, "Learned step size quantization", ICLR 2020.
// Idea:   train weights and step sizes together through the straight-through estimator, at the dearest
// uniform
//         policy that the budget allows.
// Cost:   one training per budget.
// Differences: weight steps start by the three-sigma rule of LSQ+, no gradient scaling (the settings that the
//         one-shot method uses, so that rows differ in the method alone); options bring the paper's choices
//         back.

#include "methods/registry.h"
#include "methods/retrain.h"

namespace mpq::methods {
namespace {

class Lsq final : public Method {
 public:
  struct Options {
    bool scale_gradient = false;
    std::string weight_init = "three_sigma";
    template <class Visitor>
    void fields(Visitor& f) {
      f("scale_gradient", scale_gradient, "multiply step gradients by 1/√(q_max·numel)", "LSQ §2.2");
      f("weight_init", weight_init, "start of the weight steps", "LSQ §2.1, LSQ+ §3.2",
        {"three_sigma", "mean_abs"});
    }
  };
  explicit Lsq(Options options) : options_(std::move(options)) {}

  Prepared prepare(Task&) override { return {}; }

  Deployed deploy(Task& task, const Prepared&, const quant::Budget& budget) override {
    const auto policy = best_uniform_policy(task, *task.float_network(), budget);
    models::QuantizationSpec spec;
    spec.scale_gradient = options_.scale_gradient;
    if (options_.weight_init == "mean_abs") spec.weight_init = quant::StepInit::mean_abs;
    return retrain(task, policy, "lsq", task.recipe(), 0, spec);
  }

 private:
  Options options_;
};

}  // namespace

MPQ_REGISTER_METHOD(lsq) {
  registry.add<Lsq>({.name = "lsq",
                     .title = "LSQ",
                     .family = "fixed",
                     .citation = "Esser et al., ICLR 2020",
                     .summary = "Fixed precision: one width everywhere, learned step sizes.",
                     .revision = 1,
                     .needs = {}});
}

}  // namespace mpq::methods
