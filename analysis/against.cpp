#include "analysis/against.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

#include "analysis/csv.h"
#include "analysis/format.h"
#include "core/error.h"

namespace mpq::analysis {
namespace {

struct Metric {
  std::string name;
  bool percentage;
  int decimals;
  /// In the unit of the table; nothing if the row does not have it.
  std::function<std::optional<Interval>(const Row&, const Measured*)> of;
};

Interval scaled(const Interval& i, double factor) {
  return {factor * i.value, factor * i.low, factor * i.high};
}

std::optional<Interval> exact(const Row& row, double value) {
  return row.deployments().empty() ? std::nullopt : std::optional<Interval>({value, value, value});
}

const std::vector<Metric>& metrics() {
  using Optional = std::optional<Interval>;
  static const std::vector<Metric> all = {
      {"top1", true, 2,
       [](const Row&, const Measured* m) { return m ? Optional(scaled(m->metrics.top1, 100)) : Optional(); }},
      {"top5", true, 2,
       [](const Row&, const Measured* m) { return m ? Optional(scaled(m->metrics.top5, 100)) : Optional(); }},
      {"delta_float", false, 2,
       [](const Row&, const Measured* m) {
         return m && m->to_float ? Optional(scaled(m->to_float->difference, 100)) : Optional();
       }},
      {"cross_entropy", false, 3,
       [](const Row&, const Measured* m) { return m ? Optional(m->metrics.cross_entropy) : Optional(); }},
      {"bitops_g", false, 4,
       [](const Row& row, const Measured*) { return exact(row, row.achieved_bitops() / 1e9); }},
      {"size_mib", false, 4,
       [](const Row& row, const Measured*) { return exact(row, row.achieved_size_bits() / 8 / (1 << 20)); }},
  };
  return all;
}

const Metric& metric_named(const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (const auto& metric : metrics()) {
    if (metric.name == name) return metric;
    names.push_back(metric.name);
  }
  throw_input({"unknown metric '" + name + "'", where + ", column metric", "one of: " + join(names),
               did_you_mean(name, names, "take one of these")});
}

void check_columns(const std::vector<std::string>& columns, const std::string& file) {
  const std::vector<std::string> needed = {"network", "dataset", "method", "budget", "metric", "value"};
  auto known = needed;
  known.push_back("source");
  const auto expected = join(needed) + ", and optionally source";
  for (const auto& column : columns)
    if (std::find(known.begin(), known.end(), column) == known.end()) {
      throw_input({"unknown column '" + column + "'", file + ", first line", expected,
                   did_you_mean(column, known, "remove it")});
    }
  for (const auto& column : needed)
    if (std::find(columns.begin(), columns.end(), column) == columns.end())
      throw_input({"no column '" + column + "'", file + ", first line", expected, "add the column"});
}

// A printed number and half a unit of its last digit.
struct Printed {
  double value = 0, half_unit = 0;
};

Printed parse_printed(const std::string& text, const Metric& metric, const std::string& where) {
  Printed printed;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, failed] =
      std::from_chars(begin, text.data() + text.size(), printed.value, std::chars_format::fixed);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(printed.value))
    throw_input({"'" + text + "' is not a number", where + ", column value", "a decimal number like 71.0",
                 "write a number with a point and no unit"});
  if (metric.percentage &&
      (printed.value < 0 || printed.value > 100 || (printed.value > 0 && printed.value <= 1)))
    throw_input({"'" + text + "' is not a plausible percentage", where + ", column value",
                 metric.name + " in percent, above 1 and at most 100",
                 printed.value > 0 && printed.value <= 1
                     ? fmt::format("if it is a fraction, write {:g}", 100 * printed.value)
                     : "check the number"});
  const auto point = text.find('.');
  const auto decimals = point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
  printed.half_unit = 0.5 * std::pow(10, -decimals);
  return printed;
}

bool same_budget(const Row& row, const std::string& budget) {
  if (row.is_float) return budget.empty() || budget == "-";
  const auto requested = row.requested_bitops();
  return row.budget == budget || (requested && std::to_string(*requested) == budget);
}

// Rows of that label; if none, rows of that method: one printed number may be held against several.
std::vector<const Row*> rows_for(const Report& report, const Claim& claim) {
  std::vector<const Row*> by_label, by_method;
  for (const auto& row : report.rows) {
    if (row.network != claim.network || row.dataset != claim.dataset || !same_budget(row, claim.budget))
      continue;
    if (row.label == claim.method) by_label.push_back(&row);
    if (row.method == claim.method) by_method.push_back(&row);
  }
  return by_label.empty() ? by_method : by_label;
}

const Measured* measured_for(const Report& report, const Row& row) {
  const Measured* best = nullptr;
  for (const auto& m : report.measured)
    if (m.row == &row && (!best || m.split == "test")) best = &m;
  return best;
}

std::string why_no_result(const Row& row, const std::string& metric) {
  for (const auto* one : row.cases)
    if (one->status != CaseResult::Status::done)
      return std::string(to_text(one->status)) + (one->reason.empty() ? "" : ", " + one->reason);
  return "this row has no " + metric;
}

Claim judged(Claim claim, const Report& report, const Row& row, const Metric& metric,
             const Printed& printed) {
  if (row.label != claim.method) claim.method += " (" + row.label + ")";
  const auto* measured = measured_for(report, row);
  const auto ours = metric.of(row, measured);
  if (!ours) {
    claim.verdict = Claim::Verdict::no_result;
    claim.reason = why_no_result(row, claim.metric);
    return claim;
  }
  const bool exact_value = ours->low == ours->high;
  if (!exact_value) claim.split = measured->split;
  claim.ours = exact_value ? fmt::format("{:.{}f}", ours->value, metric.decimals)
                           : fmt::format("{0:.{3}f} [{1:.{3}f}, {2:.{3}f}]", ours->value, ours->low,
                                         ours->high, metric.decimals);
  const double slack = printed.half_unit * (1 + 1e-9);
  const bool inside = printed.value + slack >= ours->low && printed.value - slack <= ours->high;
  claim.verdict = inside ? Claim::Verdict::inside : Claim::Verdict::outside;
  return claim;
}

std::string nearest_case(const Report& report, const Claim& claim) {
  std::vector<std::string> ours;
  const auto known = [&](auto get) {
    ours.clear();
    for (const auto& row : report.rows) ours.push_back(get(row));
    return ours;
  };
  const auto has = [&](const std::string& word) {
    return std::find(ours.begin(), ours.end(), word) != ours.end();
  };
  known([](const Row& r) { return r.network; });
  if (!has(claim.network)) return "the study has no network '" + claim.network + "'";
  known([](const Row& r) { return r.dataset; });
  if (!has(claim.dataset)) return "the study has no data set '" + claim.dataset + "'";
  known([](const Row& r) { return r.method; });
  if (!has(claim.method)) {
    known([](const Row& r) { return r.label; });
    if (!has(claim.method)) return "the study has no method or label '" + claim.method + "'";
  }
  return "the study has no such combination";
}

}  // namespace

void compare_against(Report& report, const std::string& csv_text, const std::string& file) {
  check_columns(csv_columns(csv_text, file), file);
  std::vector<Claim> claims;
  for (const auto& [line, cells] : parse_csv(csv_text, file)) {
    const auto where = file + ":" + std::to_string(line);
    const auto source = cells.find("source");
    Claim claim;
    claim.line = line;
    claim.network = cells.at("network"), claim.dataset = cells.at("dataset"),
    claim.method = cells.at("method");
    claim.budget = cells.at("budget"), claim.metric = cells.at("metric"), claim.printed = cells.at("value");
    claim.source = source == cells.end() ? "" : source->second;
    const auto& metric = metric_named(claim.metric, where);
    const auto printed = parse_printed(claim.printed, metric, where);
    const auto rows = rows_for(report, claim);
    if (rows.empty()) claim.reason = nearest_case(report, claim), claims.push_back(claim);
    for (const auto* row : rows) claims.push_back(judged(claim, report, *row, metric, printed));
  }
  report.claims = std::move(claims);
  report.claims_file = file;
}

}  // namespace mpq::analysis
