#include "training/freezing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "quant/instability.h"
#include "training/recipe.h"

namespace mpq::training {
namespace {

std::int64_t share_of(std::int64_t epochs, double published_epochs) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(epochs) * published_epochs / 150));
}

}  // namespace

std::optional<double> FreezeSchedule::fraction_at(std::int64_t epoch, std::int64_t epochs) const {
  const bool late = epoch > static_cast<std::int64_t>(std::floor(0.72 * static_cast<double>(epochs)));
  if (faithful) {
    if (epoch <= 5 || (epoch + 1) % (late ? 15 : 2) != 0) return std::nullopt;
    return cosine(first_fraction, last_fraction,
                  static_cast<double>((epoch - 5) / 2) / static_cast<double>(epochs / 2));
  }
  const auto start = share_of(epochs, 5), period = share_of(epochs, late ? 15 : 2);
  if (epoch < start || epoch >= epochs || (epoch - start) % period != 0) return std::nullopt;
  return cosine(
      first_fraction, last_fraction,
      static_cast<double>(epoch - start) / static_cast<double>(std::max<std::int64_t>(1, epochs - start)));
}

std::vector<bool> most_unstable(const std::vector<double>& instability, double fraction) {
  std::vector<std::size_t> order(instability.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return instability[a] > instability[b]; });
  const auto count = static_cast<std::size_t>(std::floor(static_cast<double>(instability.size()) * fraction));
  std::vector<bool> selected(instability.size(), false);
  for (std::size_t i = 0; i < count; ++i) selected[order[i]] = true;
  return selected;
}

void apply_freezing(const FreezeRule& rule, const std::vector<bool>& frozen,
                    const std::vector<bool>& depthwise, const std::vector<quant::SiteLists>& construction,
                    std::vector<quant::SiteLists>& current) {
  const auto without_last = [](std::vector<int> list) {
    if (list.size() > 1) list.pop_back();
    return list;
  };
  for (std::size_t i = 0; i < current.size(); ++i) {
    auto list = construction[i].weight;
    if (rule.faithful) {
      const int floor = depthwise[i] ? 3 : 2;
      if (frozen[i])
        list = current[i].weight.back() <= floor ? without_last(current[i].weight) : current[i].weight;
      else
        list = depthwise[i] ? without_last(rule.target) : rule.target;
    } else if (frozen[i]) {
      list = without_last(list);
    }
    current[i].weight = list;
    if (rule.shared) current[i].act = list;
  }
}

void freeze(models::Network& network, const FreezeRule& rule, const std::vector<bool>& frozen) {
  auto current = network.current_lists();
  std::vector<bool> depthwise;
  for (const auto* site : network.sites()) depthwise.push_back(site->facts().depthwise());
  apply_freezing(rule, frozen, depthwise, network.construction_lists(), current);
  network.set_current_lists(current);
}

std::vector<double> site_instability(models::Network& network, double proportion) {
  std::vector<double> metric;
  for (auto* site : network.sites()) {
    auto* quantizer = dynamic_cast<quant::LearnedStep*>(site->weight_quantizer());
    require(quantizer != nullptr, "the instability metric needs learned steps");
    std::vector<quant::BankEntry> entries;
    for (const int bits : site->current_lists().weight) entries.push_back({bits, quantizer->index_of(bits)});
    metric.push_back(
        quant::instability(site->weight().detach(), quantizer->steps().detach(), entries, proportion).metric);
  }
  return metric;
}

}  // namespace mpq::training
