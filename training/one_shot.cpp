#include "training/one_shot.h"

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "quant/learned_step.h"
#include "training/losses.h"
#include "training/recipe.h"

namespace mpq::training {

using models::Network;
using quant::Policy;

namespace {

constexpr int kInRangeBits = 2;

torch::Tensor weight_step(quant::Layer& site, int bits) {
  auto* quantizer = dynamic_cast<quant::LearnedStep*>(site.weight_quantizer());
  require(quantizer != nullptr, "one-shot regularisers need learned steps");
  return quantizer->steps().detach()[quantizer->index_of(bits)];
}

torch::Tensor sum_over_sites(Network& network, const std::function<torch::Tensor(quant::Layer&)>& term) {
  torch::Tensor sum;
  for (auto* site : network.sites()) {
    const auto value = term(*site);
    if (value.defined()) sum = sum.defined() ? sum + value : value;
  }
  return sum;
}

torch::Tensor error_term(Network& network) {
  return sum_over_sites(network, [](quant::Layer& site) {
    const int bits = site.bits().weight;
    return quantization_error(site.weight(), weight_step(site, bits), bits,
                              site.current_lists().weight.back());
  });
}

torch::Tensor in_range_term(Network& network, const std::vector<bool>& sites) {
  std::size_t i = 0;
  return sum_over_sites(network, [&](quant::Layer& site) {
    return sites[i++] ? in_range_norm(site.weight(), weight_step(site, kInRangeBits), kInRangeBits)
                      : torch::Tensor();
  });
}

std::vector<bool> at_two_bits(const Policy& policy) {
  std::vector<bool> chosen;
  for (const auto bits : policy) chosen.push_back(bits.weight == kInRangeBits);
  return chosen;
}

// Hard targets; with a teacher half hard, half soft (rfquant.md §6.2).
torch::Tensor task_loss(const torch::Tensor& logits, const torch::Tensor& labels,
                        const torch::Tensor& teacher, double smoothing, PassReport& report) {
  auto loss = hard_loss(logits, labels, smoothing);
  report.hard = loss.item<double>();
  if (teacher.defined()) {
    const auto soft = soft_loss(logits, teacher);
    report.soft = soft.item<double>();
    loss = 0.5 * loss + 0.5 * soft;
  }
  report.task = loss.item<double>();
  return loss;
}

// Adds a weighted term to the loss and returns its weighted value.
double add_term(torch::Tensor& loss, const torch::Tensor& term, double weight) {
  if (!term.defined() || weight == 0) return 0;
  const auto weighted = weight * term;
  loss = loss + weighted;
  return weighted.item<double>();
}

}  // namespace

double ErrorSchedule::weight_at(std::int64_t epoch, std::int64_t step, std::int64_t epochs,
                                std::int64_t steps_per_epoch) const {
  const auto end = static_cast<double>(epochs * steps_per_epoch);
  const auto start =
      faithful ? static_cast<double>(kPublishedStart * steps_per_epoch) : kPublishedStart / 150.0 * end;
  // The published program adds the term from epoch 41 on although its weight leaves 0 at epoch 40.
  if (faithful && epoch <= kPublishedStart) return 0;
  return rising_cosine(static_cast<double>(step), start, end, 0, final_weight);
}

std::vector<PassReport> one_shot_step(Network& network, const torch::Tensor& images,
                                      const torch::Tensor& labels, const std::vector<Policy>& policies,
                                      const OneShotLosses& losses,
                                      const std::function<void(const torch::Tensor&, std::int64_t)>& backward,
                                      const torch::Tensor& external_teacher) {
  const bool align = losses.alignment_weight != 0;
  network.set_tap(align ? losses.tap : models::Tap::none);
  std::vector<PassReport> reports;
  std::vector<torch::Tensor> targets;
  torch::Tensor teacher = external_teacher;
  std::vector<bool> drawn_at_two(network.sites().size(), false);

  for (std::size_t pass = 0; pass < policies.size(); ++pass) {
    network.set_policy(policies[pass]);
    PassReport report;
    const auto logits = network.forward(images);
    const auto features = align ? network.take_features() : std::vector<torch::Tensor>{};
    auto loss = task_loss(logits, labels, teacher, losses.label_smoothing, report);
    const auto two = at_two_bits(policies[pass]);
    for (std::size_t i = 0; i < two.size(); ++i) drawn_at_two[i] = drawn_at_two[i] || two[i];
    if (pass > 0 && losses.error_weight != 0)
      report.error = add_term(loss, error_term(network), losses.error_weight);
    if (losses.in_range_decay != 0) {
      const bool last = pass + 1 == policies.size();
      if (losses.in_range_per_pass)
        report.in_range = add_term(loss, in_range_term(network, two), losses.in_range_decay);
      else if (last)
        report.in_range = add_term(loss, in_range_term(network, drawn_at_two), losses.in_range_decay);
    }
    if (pass > 0 && align) {
      const auto distance = alignment(features, targets, at_smallest_weight_width(network));
      add_term(loss, distance.sum, losses.alignment_weight);
      if (distance.sum.defined()) report.alignment = distance.sum.item<double>();
      report.alignment_per_site = distance.per_site;
    }
    report.total = loss.item<double>();
    report.logits = logits.detach();
    backward(loss, images.size(0));
    if (pass == 0) {
      teacher = report.logits;
      for (const auto& f : features)
        targets.push_back(f.defined() ? f.detach() : f);  // a site may have no norm
    }
    reports.push_back(std::move(report));
  }
  network.set_tap(models::Tap::none);
  return reports;
}

Alignment alignment(const std::vector<torch::Tensor>& features, const std::vector<torch::Tensor>& targets,
                    const std::vector<bool>& smallest) {
  Alignment all;
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (!smallest[i] || !features[i].defined()) continue;
    const auto distance = at::mse_loss(features[i], targets[i]);
    all.per_site.push_back(distance.item<double>());
    all.sum = all.sum.defined() ? all.sum + distance : distance;
  }
  return all;
}

Policy largest_current_policy(const Network& network) {
  return quant::largest_policy(network.current_lists());
}

Policy draw_policy(const Network& network, std::uint64_t seed, std::int64_t step, int pass) {
  RandomStream stream(seed, "one_shot_policy", static_cast<std::uint64_t>(step),
                      static_cast<std::uint64_t>(pass));
  Policy policy;
  for (const auto& lists : network.current_lists()) {
    const int weight = lists.weight[stream.below(static_cast<std::uint32_t>(lists.weight.size()))];
    const int act = lists.act[stream.below(static_cast<std::uint32_t>(lists.act.size()))];
    policy.push_back({weight, act});
  }
  return policy;
}

void warm_up_pinned_layers(Network& network, const torch::Tensor& images) {
  const torch::NoGradGuard no_grad;
  const auto before = network.policy();
  network.set_norm_use(quant::NormUse::stored);
  for (auto* site : network.sites()) site->set_bits({quant::kFloatBits, quant::kFloatBits});
  network.forward(images);
  network.set_policy(before);
}

std::vector<bool> at_smallest_weight_width(const Network& network) {
  std::vector<bool> smallest;
  for (const auto* site : network.sites())
    smallest.push_back(site->bits().weight == site->current_lists().weight.back());
  return smallest;
}

torch::Tensor quantization_error(const torch::Tensor& weight, const torch::Tensor& step, int bits,
                                 int smallest) {
  const auto range = quant::range_of(bits, true);
  const auto low = step * range.min, high = step * range.max;
  const auto codes = quant::learned_step_codes(weight.detach(), step, range);
  const auto clipped = at::clamp(weight, low, high);
  auto difference = clipped - codes.to(weight.scalar_type()) * step;
  if (bits != smallest) {
    const auto coarse = quant::range_of(smallest, true);
    const std::int64_t ratio = std::int64_t{1} << (bits - smallest);
    const auto shared =
        at::remainder(codes, ratio).eq(0) & codes.ge(coarse.min * ratio) & codes.le(coarse.max * ratio);
    difference = difference * shared.to(weight.scalar_type());
  }
  return difference.square().sum() / (weight.numel() / weight.size(0));
}

torch::Tensor in_range_norm(const torch::Tensor& weight, const torch::Tensor& step, int bits) {
  const auto range = quant::range_of(bits, true);
  return 0.5 * at::clamp(weight, step * range.min, step * range.max).square().sum();
}

}  // namespace mpq::training
