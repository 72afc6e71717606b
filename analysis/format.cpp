#include "analysis/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace mpq::analysis {
namespace {

// A typographic minus keeps columns of signed numbers readable; "-0.00" would claim a direction.
std::string signed_points(double difference) {
  const double rounded = std::round(difference * 1e4) / 1e2;
  if (rounded == 0) return "0.00";
  return fmt::format("{}{:.2f}", rounded > 0 ? "+" : "−", std::abs(rounded));
}

std::string significant(double value, int digits) {
  if (value == 0) return "0";
  const int before = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  return fmt::format("{:.{}f}", value, std::max(0, digits - before));
}

}  // namespace

std::string grouped(std::int64_t value) {
  const auto digits = fmt::format("{}", value < 0 ? -value : value);
  std::string text = value < 0 ? "−" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string percent(double fraction) { return fmt::format("{:.2f}", 100 * fraction); }

std::string percent_interval(const Interval& interval) {
  return fmt::format("{} [{}, {}]", percent(interval.value), percent(interval.low), percent(interval.high));
}

std::string points(double difference) { return signed_points(difference); }

std::string points_interval(const Interval& difference) {
  return fmt::format("{} [{}, {}]", points(difference.value), points(difference.low),
                     points(difference.high));
}

std::string giga(double value) { return significant(value / 1e9, 4); }

std::string kibibytes(double bits) { return significant(bits / 8 / 1024, 4); }

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string millions(double value) { return significant(value / 1e6, 3); }

std::string seed_list(std::vector<std::int64_t> seeds) {
  std::sort(seeds.begin(), seeds.end());
  std::string text;
  for (std::size_t i = 0; i < seeds.size();) {
    std::size_t last = i;
    while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(seeds[i]);
    if (last > i) text += (last == i + 1 ? ", " : "–") + std::to_string(seeds[last]);
    i = last + 1;
  }
  return text;
}

std::string seeds_text(const std::vector<std::int64_t>& seeds) {
  return (seeds.size() == 1 ? "seed " : "seeds ") + seed_list(seeds);
}

std::string slug(const std::string& text) {
  std::string clean;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) && u < 128)
      clean += static_cast<char>(std::tolower(u));
    else if (c == '.' || c == '_')
      clean += c;
    else if (!clean.empty() && clean.back() != '-')
      clean += '-';
  }
  while (!clean.empty() && clean.back() == '-') clean.pop_back();
  return clean.empty() ? "x" : clean;
}

std::string ordinal(std::int64_t n) {
  const auto last = n % 10;
  const bool teen = n % 100 / 10 == 1;
  return std::to_string(n) + (teen ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}

std::string when_cheaper(const std::optional<std::int64_t>& from, const std::optional<std::int64_t>& until) {
  if (from) return "from the " + ordinal(*from) + " budget on";
  return until ? "up to the " + ordinal(*until) + " budget" : "never";
}

}  // namespace mpq::analysis
