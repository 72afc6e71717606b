#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/statistics.h"

namespace mpq::analysis {

/// 1234567 → "1,234,567"
std::string grouped(std::int64_t value);
/// 0.8712 → "87.12"
std::string percent(double fraction);
/// "87.12 [85.98, 88.18]", in percent
std::string percent_interval(const Interval& interval);
/// "+1.20 [−0.30, +2.70]", in percentage points
std::string points_interval(const Interval& difference);
/// +0.012 → "+1.20"; 0 → "0.00"
std::string points(double difference);
/// 389324800 → "0.3893"; four significant digits of 10⁹
std::string giga(double value);
/// bits → "36.6" KiB
std::string kibibytes(double bits);
/// 3725 → "1 h 02 min"; 75 → "1 min 15 s"; 3.21 → "3.2 s"
std::string duration(double seconds);
/// 240000 → "0.240 M" without the unit: millions with three significant digits
std::string millions(double value);
/// {1, 2, 3, 5} → "1–3, 5"
std::string seed_list(std::vector<std::int64_t> seeds);
/// "seed 1" or "seeds 1–3"
std::string seeds_text(const std::vector<std::int64_t>& seeds);
/// "Net A/w3a3 x" → "net-a-w3a3-x": part of a file name
std::string slug(const std::string& text);
/// 1 → "1st", 2 → "2nd", 11 → "11th"
std::string ordinal(std::int64_t n);
/// "from the 3rd budget on", "up to the 2nd budget", "never"
std::string when_cheaper(const std::optional<std::int64_t>& from, const std::optional<std::int64_t>& until);

}  // namespace mpq::analysis
