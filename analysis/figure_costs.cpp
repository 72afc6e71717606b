#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/figures.h"
#include "analysis/format.h"
#include "analysis/gnuplot.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

std::vector<const MethodCost*> select(const Report& report, const std::string& network,
                                      const std::string& dataset) {
  std::vector<const MethodCost*> costs;
  for (const auto& cost : report.costs)
    if (cost.network == network && cost.dataset == dataset) costs.push_back(&cost);
  return costs;
}

std::string title(const Report& report, const std::string& first, const std::string& network,
                  const std::string& dataset, const std::string& second, int height) {
  return gnuplot_title(report.data.name + ": " + first, network + " on " + dataset + "; " + second, height);
}

std::string plot(const std::vector<std::string>& parts) {
  std::string text = "plot ";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i ? ", \\\n     " : "") + parts[i];
  return text + "\n";
}

// A stacked horizontal bar: one box for each phase, side by side.
struct Bars {
  std::map<std::string, std::string> boxes;  // phase → lines "from to y"
  std::string tics, totals;
  int count = 0;
  double longest = 0;

  void add(const std::string& label, const PhaseCosts& costs) {
    const int y = -count++;
    double at = 0;
    for (const auto& phase : costs.names()) {
      const double width = costs.phases.at(phase).image_passes() / 1e6;
      if (width <= 0) continue;
      boxes[phase] += fmt::format("{:.6f} {:.6f} {}\n", at, at + width, y);
      at += width;
    }
    longest = std::max(longest, at);
    tics += fmt::format("{}{} {}", tics.empty() ? "" : ", ", gnuplot_tic(label), y);
    totals += fmt::format("{:.6f} {} {}\n", at, y, millions(at * 1e6));
  }
};

std::vector<std::string> phases_of(const Bars& bars) {
  std::vector<std::string> phases;
  for (const auto& [phase, lines] : bars.boxes) phases.push_back(phase);
  return phases;
}

std::vector<std::string> bar_plots(const Bars& bars) {
  std::vector<std::string> parts;
  for (const auto& phase : phases_of(bars)) {
    const auto i = parts.size();
    parts.push_back(
        fmt::format("$phase{0} using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt {1} lw 0.5 fs "
                    "solid 0.85 title {2}",
                    i, i % 8 + 1, gnuplot_string(phase)));
  }
  parts.push_back("$totals using 1:2:3 with labels left offset 0.6,0 font ',11' notitle");
  return parts;
}

std::string bar_data(const Bars& bars) {
  std::string text;
  int block = 0;
  for (const auto& phase : phases_of(bars))
    text += fmt::format("$phase{} << EOD\n{}EOD\n", block++, bars.boxes.at(phase));
  return text + "$totals << EOD\n" + bars.totals + "EOD\n";
}

// Where two total-cost lines meet, if a reader can see it.
std::string crossings(const std::vector<BreakEven>& all, const std::string& network,
                      const std::string& dataset) {
  std::string text;
  for (const auto& one : all) {
    if (one.one_shot->network != network || one.one_shot->dataset != dataset) continue;
    const double slope =
        one.retraining->deploy.total().image_passes() - one.one_shot->deploy.total().image_passes();
    if (slope <= 0) continue;
    const double once = one.one_shot->prepare.total().image_passes();
    const double n = (once - one.retraining->prepare.total().image_passes()) / slope;
    if (n >= 1 && n <= 10)
      text +=
          fmt::format("{:.4f} {:.6f}\n", n, (once + n * one.one_shot->deploy.total().image_passes()) / 1e6);
  }
  return text;
}

}  // namespace

Figure cost_phases_figure(const Report& report, const std::string& network, const std::string& dataset) {
  Figure figure{Figure::Kind::cost_phases,
                network,
                dataset,
                "",
                "cost-phases-" + slug(network) + "-" + slug(dataset) + ".svg",
                ""};
  Bars bars;
  std::size_t widest = 0;
  for (const auto* cost : select(report, network, dataset)) {
    if (cost->prepare.total().image_passes() > 0) bars.add(cost->label + ": prepare, once", cost->prepare);
    bars.add(cost->label + ": each budget", cost->deploy);
    widest = std::max(widest, display_width(cost->label) + 15);
  }
  const int left = 20 + 8 * static_cast<int>(widest);
  const int height = 130 + 30 * bars.count;
  figure.script =
      gnuplot_header(900, height, figure.file) +
      title(report, "cost by stage and phase", network, dataset,
            "a backward pass counts as two forward passes", height) +
      fmt::format("set lmargin at screen {:.4f}\nset xrange [0:{:.6f}]\nset yrange [{}:0.6]\n", left / 900.0,
                  std::max(1e-6, bars.longest * 1.12), 0.4 - bars.count) +
      "set xlabel 'image passes (millions)'\nunset grid\nset grid xtics lc rgb '#dddddd' lw 0.6 lt 1\n"
      "set key outside right top Left reverse samplen 1 spacing 1.2\n" +
      "set ytics (" + bars.tics + ") scale 0\n" + bar_data(bars) + plot(bar_plots(bars));
  return figure;
}

Figure cost_budgets_figure(const Report& report, const std::string& network, const std::string& dataset) {
  Figure figure{Figure::Kind::cost_budgets,
                network,
                dataset,
                "",
                "cost-budgets-" + slug(network) + "-" + slug(dataset) + ".svg",
                ""};
  const auto costs = select(report, network, dataset);
  std::string data;
  std::vector<std::string> parts;
  std::size_t widest = 14;
  for (std::size_t s = 0; s < costs.size(); ++s) {
    widest = std::max(widest, display_width(costs[s]->label));
    data += fmt::format("$row{} << EOD\n", s);
    for (int n = 1; n <= 10; ++n) data += fmt::format("{} {:.6f}\n", n, costs[s]->image_passes(n) / 1e6);
    data += "EOD\n";
    parts.push_back(fmt::format("$row{} using 1:2 with linespoints lt {} dt {} title {}", s, s % 8 + 1,
                                s % 4 + 1, gnuplot_string(costs[s]->label)));
  }
  if (const auto meet = crossings(report.break_evens, network, dataset); !meet.empty()) {
    data += "$meet << EOD\n" + meet + "EOD\n";
    parts.push_back("$meet using 1:2 with points pt 6 ps 2 lw 1.5 lc rgb '#000000' title 'break-even'");
  }
  constexpr int kHeight = 460;
  figure.script = gnuplot_header(740 + 8 * static_cast<int>(widest), kHeight, figure.file) +
                  title(report, "total cost of serving several budgets", network, dataset,
                        "prepare once + deploy for each budget", kHeight) +
                  "set xlabel 'number of budgets'\nset ylabel 'image passes (millions)'\nset xrange "
                  "[0.8:10.2]\nset yrange [0:*]\nset xtics 1\n"
                  "set key outside right top Left reverse samplen 3 spacing 1.2\n" +
                  data + plot(parts);
  return figure;
}

}  // namespace mpq::analysis
