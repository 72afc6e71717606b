// lsq: one width for all sites, learned step sizes.
//
// Source: Esser, McKinstry, Bablani, Appuswamy, Modha, "Learned step size quantization", ICLR 2020.
// Idea:   train weights and step sizes together through the straight-through estimator, at the best uniform
//         policy that the budget allows, or at a policy that is given site by site.
// Cost:   one training per budget.
// Differences: weight steps start by the three-sigma rule of LSQ+, no gradient scaling (the settings that the
//         one-shot method uses, so that rows differ in the method alone); options bring the paper's choices back.

#include "methods/registry.h"
#include "methods/retrain.h"

namespace mpq::methods {
namespace {

class Lsq final : public Method {
 public:
  struct Options {
    bool scale_gradient = false;
    std::string weight_init = "three_sigma";
    std::vector<int> weight_bits, act_bits;
    template <class Visitor>
    void fields(Visitor& f) {
      f("scale_gradient", scale_gradient, "multiply step gradients by 1/√(q_max·numel)", "LSQ §2.2");
      f("weight_init", weight_init, "start of the weight steps", "LSQ §2.1, LSQ+ §3.2",
        {"three_sigma", "mean_abs"});
      f("weight_bits", weight_bits, "weight widths of all sites in order; empty: uniform, by the budget");
      f("act_bits", act_bits, "activation widths of all sites in order; empty: uniform, by the budget");
    }
  };
  explicit Lsq(Options options) : options_(std::move(options)) {}

  Prepared prepare(Task&) override { return {}; }

  Deployed deploy(Task& task, const Prepared&, const quant::Budget& budget) override {
    const auto network = task.float_network();
    const auto policy = options_.weight_bits.empty() && options_.act_bits.empty()
                            ? best_uniform_policy(task, *network, budget)
                            : given_policy(task, *network, budget);
    models::QuantizationSpec spec;
    spec.scale_gradient = options_.scale_gradient;
    if (options_.weight_init == "mean_abs") spec.weight_init = quant::StepInit::mean_abs;
    return retrain(task, policy, "lsq", task.recipe(), 0, spec);
  }

 private:
  quant::Policy given_policy(Task& task, const models::Network& network, const quant::Budget& budget) const {
    const auto sites = network.sites().size();
    if (options_.weight_bits.size() != sites || options_.act_bits.size() != sites)
      throw Unsupported{"the policy has " + std::to_string(options_.weight_bits.size()) + " weight and " +
                        std::to_string(options_.act_bits.size()) + " activation widths for " +
                        std::to_string(sites) + " sites"};
    quant::Policy policy;
    for (std::size_t i = 0; i < sites; ++i) policy.push_back({options_.weight_bits[i], options_.act_bits[i]});
    require_candidates(policy, lists_of_study(network, task.candidates()));
    if (const auto cost = quant::bitops(network.facts(), policy, budget.convention); cost > budget.bitops)
      throw Unsupported{"the policy costs " + std::to_string(cost) + " BitOPs, more than the budget of " +
                        std::to_string(budget.bitops)};
    return policy;
  }

  Options options_;
};

}  // namespace

MPQ_REGISTER_METHOD(lsq) {
  registry.add<Lsq>({.name = "lsq",
                     .title = "LSQ",
                     .family = "fixed",
                     .citation = "Esser et al., ICLR 2020",
                     .summary = "Fixed precision: one width everywhere, learned step sizes.",
                     .revision = 2,
                     .needs = {}});
}

}  // namespace mpq::methods
