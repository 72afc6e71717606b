#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/figures.h"
#include "analysis/format.h"
#include "analysis/gnuplot.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

struct Point {
  double x = 0, y = 0, low = 0, high = 0;  // GBitOPs, percent
  std::vector<double> by_seed;
};
struct Series {
  std::string label;
  std::vector<Point> points;
};

Point point_of(const Measured& m) {
  const auto& top1 = m.metrics.top1;
  Point point{m.row->achieved_bitops() / 1e9, 100 * top1.value, 100 * top1.low, 100 * top1.high, {}};
  for (const auto one : m.metrics.top1_by_seed) point.by_seed.push_back(100 * one);
  return point;
}

std::vector<const Measured*> select(const Report& report, const std::string& network,
                                    const std::string& dataset, const std::string& split, bool is_float) {
  std::vector<const Measured*> all;
  for (const auto& m : report.measured)
    if (m.row->network == network && m.row->dataset == dataset && m.split == split &&
        m.row->is_float == is_float && !m.row->deployments().empty())
      all.push_back(&m);
  return all;
}

std::vector<Series> series_of(const std::vector<const Measured*>& measured) {
  std::vector<Series> all;
  for (const auto* m : measured) {
    auto series =
        std::find_if(all.begin(), all.end(), [&](const Series& s) { return s.label == m->row->label; });
    if (series == all.end()) series = all.insert(all.end(), {m->row->label, {}});
    series->points.push_back(point_of(*m));
  }
  for (auto& series : all)
    std::sort(series.points.begin(), series.points.end(),
              [](const auto& a, const auto& b) { return a.x < b.x; });
  return all;
}

// The x axis: linear, or logarithmic where budgets span more than a factor of six.
struct Axis {
  double low, high;
  bool logarithmic;

  explicit Axis(const std::vector<Series>& all) {
    low = high = all.front().points.front().x;
    for (const auto& series : all)
      for (const auto& point : series.points) low = std::min(low, point.x), high = std::max(high, point.x);
    logarithmic = low > 0 && high > 6 * low;
    const double margin = high > low ? 0.12 * (high - low) : 0.1 * std::max(high, 1e-6);
    low = logarithmic ? low / 1.3 : std::max(0.0, low - margin);
    high = logarithmic ? high * 1.3 : high + margin;
  }
  double moved(double x, double share) const {
    return logarithmic ? x * std::pow(high / low, share) : x + share * (high - low);
  }
};

// Points of different rows at one budget would hide each other; they are drawn side by side.
void spread(std::vector<Series>& all, const Axis& axis) {
  constexpr double kStep = 0.011;
  const double centre = (static_cast<double>(all.size()) - 1) / 2;
  for (std::size_t s = 0; s < all.size(); ++s)
    for (auto& point : all[s].points)
      point.x = axis.moved(point.x, kStep * (static_cast<double>(s) - centre));
}

std::string data_blocks(const std::vector<Series>& all) {
  std::string text;
  for (std::size_t s = 0; s < all.size(); ++s) {
    text += fmt::format("$row{} << EOD\n", s);
    for (const auto& p : all[s].points)
      text += fmt::format("{:.6f} {:.4f} {:.4f} {:.4f}\n", p.x, p.y, p.low, p.high);
    text += fmt::format("EOD\n$seeds{} << EOD\n", s);
    for (const auto& p : all[s].points)
      if (p.by_seed.size() > 1)
        for (const auto y : p.by_seed) text += fmt::format("{:.6f} {:.4f}\n", p.x, y);
    text += "EOD\n";
  }
  return text;
}

bool has_seed_points(const Series& series) {
  return std::any_of(series.points.begin(), series.points.end(),
                     [](const Point& p) { return p.by_seed.size() > 1; });
}

std::string y_range(const std::vector<Series>& all, const std::vector<const Measured*>& floats) {
  double low = 100, high = 0;
  for (const auto& series : all)
    for (const auto& p : series.points) {
      low = std::min(low, p.low), high = std::max(high, p.high);
      for (const auto y : p.by_seed) low = std::min(low, y), high = std::max(high, y);
    }
  for (const auto* m : floats)
    low = std::min(low, 100 * m->metrics.top1.low), high = std::max(high, 100 * m->metrics.top1.high);
  const double margin = std::max(0.2, 0.06 * (high - low));
  return fmt::format("set yrange [{:.3f}:{:.3f}]\n", low - margin, high + margin);
}

std::string plot_command(const std::vector<Series>& all, const std::vector<const Measured*>& floats) {
  std::vector<std::string> parts;
  for (const auto* m : floats) {
    const auto title = fmt::format("{} {} %", m->row->label, percent(m->metrics.top1.value));
    parts.push_back(fmt::format("{:.4f} with lines lc rgb '#555555' lw 1.5 dt 2 title {}",
                                100 * m->metrics.top1.value, gnuplot_string(title)));
  }
  for (std::size_t s = 0; s < all.size(); ++s) {
    const auto style = fmt::format("lt {}", s % 8 + 1);
    parts.push_back(fmt::format("$row{} using 1:2 with lines {} lw 0.8 dt 3 notitle", s, style));
    parts.push_back(fmt::format("$row{} using 1:2:3:4 with yerrorbars {} lw 1.5 title {}", s, style,
                                gnuplot_string(all[s].label)));
  }
  const char* title = "title 'each seed'";
  for (std::size_t s = 0; s < all.size(); ++s) {
    if (!has_seed_points(all[s])) continue;
    parts.push_back(
        fmt::format("$seeds{} using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' {}", s, title));
    title = "notitle";
  }
  std::string text = "plot ";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i ? ", \\\n     " : "") + parts[i];
  return text + "\n";
}

std::string bands(const std::vector<const Measured*>& floats) {
  std::string text;
  for (const auto* m : floats)
    text += fmt::format(
        "set object rectangle from graph 0, first {:.4f} to graph 1, first {:.4f} fc rgb '#eeeeee' fs solid "
        "noborder behind\n",
        100 * m->metrics.top1.low, 100 * m->metrics.top1.high);
  return text;
}

}  // namespace

Figure accuracy_figure(const Report& report, const std::string& network, const std::string& dataset,
                       const std::string& split) {
  Figure figure{Figure::Kind::accuracy,
                network,
                dataset,
                split,
                "accuracy-" + slug(network) + "-" + slug(dataset) + "-" + slug(split) + ".svg",
                ""};
  const auto quantized = select(report, network, dataset, split, false),
             floats = select(report, network, dataset, split, true);
  auto series = series_of(quantized);
  const Axis axis(series);
  spread(series, axis);
  std::size_t widest = 14;
  for (const auto& one : series) widest = std::max(widest, display_width(one.label));
  constexpr int kHeight = 480;
  const auto explanation = fmt::format(
      "{} on {}, split {}: {} images; bars: 95 % intervals; rows of one budget stand side by side", network,
      dataset, split, grouped(quantized.front()->metrics.images));
  const auto xlabel =
      "achieved GBitOPs per image (" + quantized.front()->row->deployments().front()->convention + ")";
  figure.script =
      gnuplot_header(740 + 8 * static_cast<int>(widest), kHeight, figure.file) +
      gnuplot_title(report.data.name + ": accuracy against achieved BitOPs", explanation, kHeight) +
      fmt::format("set xlabel {}\n", gnuplot_string(xlabel)) +
      "set ylabel 'top-1 accuracy (%)'\nset key outside right top Left reverse samplen 2 spacing 1.2\n" +
      (axis.logarithmic ? "set logscale x\n" : "") +
      fmt::format("set xrange [{:.6f}:{:.6f}]\n", axis.low, axis.high) + y_range(series, floats) +
      bands(floats) + data_blocks(series) + plot_command(series, floats);
  return figure;
}

}  // namespace mpq::analysis
