#include "analysis/statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "core/error.h"

namespace mpq::analysis {
namespace {

constexpr double kNormal95 = 1.959963984540054;  // 97.5 % point of the standard normal

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const auto v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

// Sample variance, n − 1 in the denominator; 0 for a single value.
double variance(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  double sum = 0;
  for (const auto v : values) sum += (v - centre) * (v - centre);
  return sum / static_cast<double>(values.size() - 1);
}

double student95(std::size_t seeds) {
  return boost::math::quantile(boost::math::students_t(static_cast<double>(seeds - 1)), 0.975);
}

std::vector<double> seed_means(const std::vector<std::vector<double>>& values) {
  std::vector<double> means;
  for (const auto& one : values) means.push_back(mean(one));
  return means;
}

std::vector<double> image_means(const std::vector<std::vector<double>>& values) {
  std::vector<double> means(values.front().size(), 0);
  for (const auto& one : values)
    for (std::size_t i = 0; i < one.size(); ++i) means[i] += one[i] / static_cast<double>(values.size());
  return means;
}

std::vector<std::vector<double>> column(const std::vector<const Predictions*>& by_seed,
                                        std::vector<std::uint8_t> Predictions::*member) {
  std::vector<std::vector<double>> values;
  for (const auto* p : by_seed) values.emplace_back((p->*member).begin(), (p->*member).end());
  return values;
}

Interval accuracy(const std::vector<const Predictions*>& by_seed,
                  std::vector<std::uint8_t> Predictions::*member) {
  if (by_seed.size() > 1) {
    auto interval = mean_over_seeds(column(by_seed, member));
    interval.low = std::max(0.0, interval.low), interval.high = std::min(1.0, interval.high);
    return interval;
  }
  const auto& hits = by_seed.front()->*member;
  return wilson(std::count(hits.begin(), hits.end(), 1), static_cast<std::int64_t>(hits.size()));
}

double mcnemar(std::int64_t only_a, std::int64_t only_b) {
  const auto n = only_a + only_b;
  if (n == 0) return 1;
  const boost::math::binomial fair(static_cast<double>(n), 0.5);
  return std::min(1.0, 2 * boost::math::cdf(fair, static_cast<double>(std::min(only_a, only_b))));
}

Interval agresti_min(std::int64_t only_a, std::int64_t only_b, std::int64_t images) {
  const double b = static_cast<double>(only_a) + 0.5, c = static_cast<double>(only_b) + 0.5;
  const double n = static_cast<double>(images) + 2;
  const double centre = (b - c) / n;
  const double half = kNormal95 * std::sqrt(b + c - (b - c) * (b - c) / n) / n;
  return {static_cast<double>(only_a - only_b) / static_cast<double>(images), centre - half, centre + half};
}

}  // namespace

Interval wilson(std::int64_t hits, std::int64_t n) {
  require(n >= 1 && hits >= 0 && hits <= n, "Wilson's interval needs 0 <= hits <= n, n >= 1");
  const double count = static_cast<double>(n), p = static_cast<double>(hits) / count,
               z2 = kNormal95 * kNormal95;
  const double centre = (p + z2 / (2 * count)) / (1 + z2 / count);
  const double half =
      kNormal95 / (1 + z2 / count) * std::sqrt(p * (1 - p) / count + z2 / (4 * count * count));
  return {p, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Interval mean_over_seeds(const std::vector<std::vector<double>>& values) {
  require(!values.empty() && !values.front().empty(), "a mean of nothing");
  for (const auto& one : values)
    require(one.size() == values.front().size(), "seeds with different numbers of images");
  const auto by_seed = seed_means(values);
  const auto by_image = image_means(values);
  const auto seeds = values.size();
  double half2 = kNormal95 * kNormal95 * variance(by_image) / static_cast<double>(by_image.size());
  if (seeds > 1) half2 += std::pow(student95(seeds), 2) * variance(by_seed) / static_cast<double>(seeds);
  const double centre = mean(by_seed), half = std::sqrt(half2);
  return {centre, centre - half, centre + half};
}

Metrics measure(const std::vector<const Predictions*>& by_seed) {
  require(!by_seed.empty(), "metrics of nothing");
  Metrics metrics;
  metrics.images = static_cast<std::int64_t>(by_seed.front()->size());
  metrics.top1 = accuracy(by_seed, &Predictions::top1);
  metrics.top5 = accuracy(by_seed, &Predictions::top5);
  metrics.top1_by_seed = seed_means(column(by_seed, &Predictions::top1));
  std::vector<std::vector<double>> entropy;
  for (const auto* p : by_seed) entropy.push_back(p->entropy);
  metrics.cross_entropy = mean_over_seeds(entropy);
  metrics.cross_entropy.low = std::max(0.0, metrics.cross_entropy.low);
  return metrics;
}

PairedDifference paired_difference(const std::vector<const Predictions*>& a,
                                   const std::vector<const Predictions*>& b, const std::string& where) {
  require(!a.empty() && a.size() == b.size(), "paired rows with different numbers of seeds");
  PairedDifference result;
  result.images = static_cast<std::int64_t>(a.front()->size());
  std::vector<std::vector<double>> differences;
  for (std::size_t seed = 0; seed < a.size(); ++seed) {
    require_same_images(*a[seed], *b[seed], where);
    require_same_images(*a[seed], *a.front(), where);
    auto& one = differences.emplace_back();
    for (std::size_t i = 0; i < a[seed]->size(); ++i) {
      one.push_back(double(a[seed]->top1[i]) - double(b[seed]->top1[i]));
      result.only_a += one.back() > 0;
      result.only_b += one.back() < 0;
    }
  }
  result.by_seed = seed_means(differences);
  if (a.size() > 1) {
    result.difference = mean_over_seeds(differences);
  } else {
    result.difference = agresti_min(result.only_a, result.only_b, result.images);
    result.mcnemar_p = mcnemar(result.only_a, result.only_b);
  }
  return result;
}

Verdict verdict(const PairedDifference& paired) {
  if (paired.difference.contains(0) || paired.mcnemar_p.value_or(0) > 0.05) return Verdict::undecided;
  return paired.difference.low > 0 ? Verdict::better : Verdict::worse;
}

const char* to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::undecided:
      return "undecided";
  }
  return "undecided";
}

}  // namespace mpq::analysis
