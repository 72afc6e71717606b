// rfquant: one supernet of shared weights for all widths, then a search without retraining.
//
// Source: Tang, Meng, Jiang, Xie, Lu, Ma, Wang, Zhu, "Retraining-free model quantization via one-shot
//         weight-coupling learning", CVPR 2024.
// Idea:   prepare: every step runs one pass at the largest widths and k at random ones; the bit-width
//         scheduler takes the smallest weight width away from the most unstable sites for a while, and
//         information distortion mitigation pulls the features of smallest-width sites toward the
//         largest-width pass.
//         deploy: bidirectional greedy search by forward passes alone.
// Cost:   1 + k passes per step, once; per budget a few hundred policy scores and no gradient step.
// Differences: docs/methods/rfquant.md lists every quirk of the published program with what `faithful` and
//         the default do.

#include <algorithm>

#include "methods/registry.h"
#include "search/supernet_search.h"
#include "training/freezing.h"
#include "training/losses.h"
#include "training/one_shot.h"

namespace mpq::methods {
namespace {

class RfQuant final : public Method {
 public:
  struct Options {
    bool faithful = false, scheduler = true, mitigation = true, error_loss = true, in_range = true;
    std::string lists = "auto", tap = "after_activation", external_teacher = "none", search = "greedy";
    double mitigation_weight = 0.01, error_weight = 0.1, in_range_decay = 0, turbulence = 0.25;
    double freeze_first = 0.5, freeze_last = 0.2, accuracy_scale = 1.5, slack = 0.95;
    std::int64_t random_passes = 3, start_bits = 5, weight_target = 0, search_images = 256,
                 max_iterations = 400;

    template <class Visitor>
    void fields(Visitor& f) {
      f("faithful", faithful, "do step by step what the published program does", "published program");
      f("scheduler", scheduler, "freeze the smallest width of the most unstable sites", "published program");
      f("mitigation", mitigation, "information distortion mitigation", "published program");
      f("error_loss", error_loss, "quantization-error (oscillation) loss late in training",
        "published program");
      f("in_range", in_range, "own decay for in-range weights of 2-bit sites", "published program");
      f("lists", lists,
        "shared: freezing a weight width takes the activation width too; auto: shared with faithful, else "
        "split",
        "published program", {"auto", "split", "shared"});
      f("tap", tap, "tensor that mitigation compares", "published program",
        {"after_activation", "norm_output"});
      f("external_teacher", external_teacher, "teacher of the largest-width pass", "published program",
        {"none", "float"});
      f("search", search, "how a policy is found", "published program; control", {"greedy", "random"});
      f("mitigation_weight", mitigation_weight, "weight of the mitigation term", "published program",
        AtLeast(0));
      f("error_weight", error_weight, "final weight of the error loss", "published program", AtLeast(0));
      f("in_range_decay", in_range_decay, "decay of in-range weights at 2 bits", "published program");
      f("turbulence", turbulence, "p of the instability metric", "published program", Within(0, 1));
      f("freeze_first", freeze_first, "share of sites frozen at first", "published program", Within(0, 1));
      f("freeze_last", freeze_last, "share of sites frozen at the end", "published program", Within(0, 1));
      f("random_passes", random_passes, "k: passes at random widths per step", "published program",
        Within(0, 64));
      f("start_bits", start_bits, "where the greedy search starts; higher for a budget that this fits",
        "published program", Within(2, 32));
      f("weight_target", weight_target,
        "width β that ends the weight phase, 0 = the largest uniform one that fits", "published program",
        Within(0, 32));
      f("accuracy_scale", accuracy_scale, "weight of the error beside the cost of a move",
        "published program", AtLeast(0));
      f("slack", slack, "the weight phase ends at this share of the cost at β", "published program",
        Within(0, 1));
      f("search_images", search_images, "images a move is scored on", "published program: one batch",
        AtLeast(1));
      f("max_iterations", max_iterations, "moves before the search may only go down", "this project",
        AtLeast(0));
    }
  };
  explicit RfQuant(Options options) : options_(std::move(options)) {}

  Prepared prepare(Task& task) override {
    const Meter::Phase phase(task.meter(), "train");
    if (options_.faithful && task.recipe().epochs <= training::ErrorSchedule::kPublishedStart &&
        options_.error_loss)
      throw Unsupported{
          "faithful mode needs more than 40 epochs, since its error loss starts there (quirk 29)"};
    auto network = supernet(task);
    const auto float_network = options_.external_teacher == "float" ? task.float_network() : nullptr;
    if (options_.faithful) warm_up_with_noise(task, *network);

    auto trainer = task.trainer(*network, "supernet", task.recipe());
    torch::Tensor events = torch::zeros({0, 2 + 2 * std::ssize(network->sites())}, torch::kFloat64);
    trainer.keep("freeze_events", &events);
    trainer.follow_initialisation(!options_.faithful);
    trainer.at_epoch_start([&](std::int64_t epoch) { schedule_widths(task, *network, epoch, events); });
    trainer.run([&](const training::Trainer::Step& step) {
      const auto passes = training::one_shot_step(
          *network, step.images, step.labels, draw_policies(task, *network, step), losses_at(task, step),
          [&](const torch::Tensor& loss, std::int64_t images) { trainer.backward(loss, images); },
          float_network ? teach(*float_network, step.images) : torch::Tensor());
      return training::Trainer::Outcome{passes.front().total,
                                        training::correct_count(passes.front().logits, step.labels)};
    });
    task.record("freeze_events", events);
    task.record_curves("supernet", trainer.curves());
    return {trainer.result(), {{"lists", quant::to_json(network->current_lists())}}};
  }

  Deployed deploy(Task& task, const Prepared& prepared, const quant::Budget& budget) override {
    const Meter::Phase phase(task.meter(), "search");
    const auto& widths = task.candidates();
    if (options_.faithful && std::find(widths.begin(), widths.end(), options_.start_bits) == widths.end())
      throw Unsupported{"the faithful search starts at " + std::to_string(options_.start_bits) +
                        " bits, which is none of the study's candidates"};
    auto network = supernet(task);
    network->load(prepared.tensors, "the prepared supernet");
    network->set_current_lists(quant::lists_from_json(prepared.facts.at("lists")));
    search::SupernetSearchOptions how;
    how.greedy = {.start_bits = static_cast<int>(options_.start_bits),
                  .weight_target = static_cast<int>(options_.weight_target),
                  .accuracy_scale = options_.accuracy_scale,
                  .slack = options_.slack,
                  .max_iterations = options_.max_iterations,
                  .faithful = options_.faithful};
    how.random = options_.search == "random";
    how.images = options_.search_images;
    how.seed = task.seed();
    const search::SearchImages images{task.search_split().count(),
                                      [&](const auto& places) { return task.search_images(places); }};
    const auto found =
        search::search_supernet(*network, images, budget, task.candidates(), how, task.progress());
    for (const auto& [name, values] : found.trace) task.record("search/" + name, values);
    if (!found.met)
      throw Unsupported{
          "no policy among the widths that the scheduler left meets the budget, or the search did not find "
          "one"};
    network->set_policy(found.policy);
    return {std::move(network), {{"iterations", found.iterations}}};
  }

 private:
  static std::unique_ptr<models::Network> supernet(Task& task) {
    auto network = task.float_network();
    network->quantize({.candidates = task.candidates(), .norm_bank = true});
    return network;
  }

  std::vector<quant::Policy> draw_policies(Task& task, const models::Network& network,
                                           const training::Trainer::Step& step) const {
    std::vector<quant::Policy> policies{training::largest_current_policy(network)};
    for (int pass = 1; pass <= options_.random_passes; ++pass)
      policies.push_back(training::draw_policy(network, task.seed(), step.number(), pass));
    return policies;
  }

  training::OneShotLosses losses_at(Task& task, const training::Trainer::Step& step) const {
    training::OneShotLosses losses;
    losses.label_smoothing = task.recipe().label_smoothing;
    losses.alignment_weight = options_.mitigation ? options_.mitigation_weight : 0;
    losses.tap = options_.tap == "norm_output" ? models::Tap::norm_output : models::Tap::after_activation;
    const training::ErrorSchedule error{options_.faithful, options_.error_weight};
    losses.error_weight = options_.error_loss ? error.weight_at(step.epoch, step.number(),
                                                                task.recipe().epochs, step.steps_per_epoch)
                                              : 0;
    losses.in_range_decay = options_.in_range ? options_.in_range_decay - task.recipe().weight_decay : 0;
    losses.in_range_per_pass = options_.faithful;
    return losses;
  }

  // The bit-width scheduler; one row of `events` per event: epoch, share, instability and freezing per site.
  void schedule_widths(Task& task, models::Network& network, std::int64_t epoch,
                       torch::Tensor& events) const {
    const training::FreezeSchedule schedule{options_.faithful, options_.freeze_first, options_.freeze_last};
    const auto fraction =
        options_.scheduler ? schedule.fraction_at(epoch, task.recipe().epochs) : std::nullopt;
    if (!fraction) return;
    const auto metric = training::site_instability(network, options_.turbulence);
    const auto frozen = training::most_unstable(metric, *fraction);
    const bool shared = options_.lists == "shared" || (options_.lists == "auto" && options_.faithful);
    training::freeze(network, {task.candidates(), shared, options_.faithful}, frozen);
    std::vector<double> row{static_cast<double>(epoch), *fraction};
    row.insert(row.end(), metric.begin(), metric.end());
    for (const bool f : frozen) row.push_back(f ? 1 : 0);
    events = at::cat({events, torch::tensor(row, torch::kFloat64).view({1, -1})});
  }

  static torch::Tensor teach(models::Network& teacher, const torch::Tensor& images) {
    const torch::NoGradGuard no_grad;
    teacher.set_norm_use(quant::NormUse::stored);
    return teacher.forward(images);
  }

  // Quirk 12: the published program initialises the classifier's activation step from one Gaussian picture.
  static void warm_up_with_noise(Task& task, models::Network& network) {
    const torch::NoGradGuard no_grad;
    const auto& info = task.dataset_info();
    auto noise = torch::empty({1, info.channels, info.height, info.width});
    auto stream = task.stream("warm_up");
    for (std::int64_t i = 0; i < noise.numel(); ++i)
      noise.data_ptr<float>()[i] = static_cast<float>(stream.normal());
    training::warm_up_pinned_layers(network, noise);
  }

  Options options_;
};

}  // namespace

MPQ_REGISTER_METHOD(rfquant) {
  registry.add<RfQuant>({.name = "rfquant",
                         .title = "RFQuant",
                         .family = "one_shot",
                         .citation = "Tang et al., CVPR 2024",
                         .summary = "Shared weights for all widths, greedy search, no retraining.",
                         .revision = 4,
                         .needs = {.gradients_in_deploy = false, .recipe_in_prepare = true},
                         .check_options = {{"search_images", 16}, {"max_iterations", 20}},
                         .deploy_options = {"search", "start_bits", "weight_target", "accuracy_scale",
                                            "slack", "search_images", "max_iterations"},
                         .search_costs = {{"deploy", {"steps_down", "moves", "search_images"}}}});
}

}  // namespace mpq::methods
