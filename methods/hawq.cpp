// hawq: bits from second-order sensitivities, then retraining.
//
// Source: Dong et al., "HAWQ-V2", NeurIPS 2020 (trace-weighted perturbation); Yao et al., "HAWQ-V3", ICML
//         2021 (integer program).
// Idea:   Ω_l(b) = Tr(H_l)/n_l · ‖Q_b(W_l) − W_l‖² for every site and width, squared error summed; an integer
//         program picks one width per site, weights and activations alike, with the least Σ Ω under the
//         budget.
// Cost:   `probes` Hessian-vector products on `images` images once, one training per budget.
// Differences: per-tensor learned-step grid (the one that retraining starts from) instead of per-channel max
//         scaling, a fixed number of probes with its standard error instead of an early stop; independent
//         weight and activation widths are not offered, since Ω has no activation term.

#include "core/error.h"
#include "core/progress.h"
#include "methods/registry.h"
#include "methods/retrain.h"
#include "quant/learned_step.h"
#include "search/hessian_trace.h"
#include "search/integer_program.h"

namespace mpq::methods {
namespace {

class Hawq final : public Method {
 public:
  struct Options {
    std::int64_t probes = 64;
    std::int64_t images = 512;
    template <class Visitor>
    void fields(Visitor& f) {
      f("probes", probes, "random ±1 vectors of the trace estimate", "HAWQ-V2 §3.2: about 50", AtLeast(1));
      f("images", images, "training images the Hessian is averaged over", "this project", AtLeast(1));
    }
  };
  explicit Hawq(Options options) : options_(options) {}

  Prepared prepare(Task& task) override {
    const Meter::Phase phase(task.meter(), "sensitivity");
    auto network = task.float_network();
    auto measured = task.once("trace", [&] { return measure_traces(task, *network); });
    measured.emplace_back("omega", perturbation(task, *network, named(measured, "trace")));
    for (const auto& [name, values] : measured) task.record(name, values);
    return {std::move(measured), {}};
  }

  Deployed deploy(Task& task, const Prepared& prepared, const quant::Budget& budget) override {
    return retrain(task, allocate(task, prepared, budget), "hawq", task.recipe());
  }

 private:
  static torch::Tensor named(const models::StateDict& tensors, const std::string& name) {
    for (const auto& [key, tensor] : tensors)
      if (key == name) return tensor;
    throw_input({"no tensor '" + name + "'", "what hawq prepared", "trace and omega", "run the study again"});
  }

  models::StateDict measure_traces(Task& task, models::Network& network) const {
    const auto images = task.train_images(options_.images);
    Progress progress(task.progress(), "hessian trace", static_cast<double>(options_.probes), "probe");
    const auto trace =
        search::hessian_trace(network, images.images, images.labels, static_cast<int>(options_.probes),
                              task.seed(), 128, [&](int done) { progress.update(done); });
    return {{"trace", torch::tensor(trace.trace, torch::kFloat64)},
            {"trace_standard_error", torch::tensor(trace.standard_error, torch::kFloat64)}};
  }

  // Ω [site, candidate]; a width that a site does not have is NaN.
  static torch::Tensor perturbation(Task& task, models::Network& network, const torch::Tensor& trace) {
    const torch::NoGradGuard no_grad;
    const auto lists = lists_of_study(network, task.candidates());
    auto omega = torch::full({std::ssize(lists), std::ssize(task.candidates())}, NAN, torch::kFloat64);
    for (std::size_t l = 0; l < lists.size(); ++l) {
      const auto& weight = network.sites()[l]->weight();
      const auto row = static_cast<std::int64_t>(l);
      const double average_trace = trace[row].item<double>() / static_cast<double>(weight.numel());
      for (std::size_t i = 0; i < lists[l].weight.size(); ++i) {
        const int bits = lists[l].weight[i];
        const auto step = quant::initial_step(weight, bits, true, quant::StepInit::three_sigma).view({1});
        const auto error =
            (quant::learned_step(weight, step, 0, quant::range_of(bits, true)) - weight).square().sum();
        omega[row][static_cast<std::int64_t>(i)] = average_trace * error.item<double>();
      }
    }
    return omega;
  }

  static quant::Policy allocate(Task& task, const Prepared& prepared, const quant::Budget& budget) {
    const auto network = task.float_network();
    const auto lists = lists_of_study(*network, task.candidates());
    const auto omega = named(prepared.tensors, "omega");
    search::IntegerProgram program;
    const auto facts = network->facts();
    const auto least = quant::smallest_policy(lists);
    // Under every convention a site's width adds to the cost whatever the others are, and the last one may
    // carry the classifier: what a choice costs is the difference it makes to the smallest policy.
    const auto base = quant::bitops(facts, least, budget.convention);
    program.limits = {budget.bitops - base};
    for (std::size_t site = 0; site < lists.size(); ++site) {
      auto& choices = program.sites.emplace_back();
      for (std::size_t i = 0; i < lists[site].weight.size(); ++i) {
        auto policy = least;
        policy[site] = {lists[site].weight[i], lists[site].weight[i]};
        choices.push_back(
            {omega[static_cast<std::int64_t>(site)][static_cast<std::int64_t>(i)].item<double>(),
             {quant::bitops(facts, policy, budget.convention) - base}});
      }
    }
    const auto solution = search::solve(program);
    if (!solution.feasible)
      throw Unsupported{"no policy with equal weight and activation widths fits the budget"};
    quant::Policy policy;
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const int bits = lists[i].weight[solution.chosen[i]];
      policy.push_back({bits, bits});
    }
    task.record("objective", torch::tensor({solution.objective}, torch::kFloat64));
    return policy;
  }

  Options options_;
};

}  // namespace

MPQ_REGISTER_METHOD(hawq) {
  registry.add<Hawq>({.name = "hawq",
                      .title = "HAWQ",
                      .family = "search_retrain",
                      .citation = "Dong et al., NeurIPS 2020; Yao et al., ICML 2021",
                      .summary = "Hessian-trace sensitivities, integer program, retraining.",
                      .revision = 3,
                      .needs = {},
                      .check_options = {{"probes", 2}, {"images", 64}},
                      .search_costs = {{"prepare", {"probes", "images"}, 7}}});
}

}  // namespace mpq::methods
