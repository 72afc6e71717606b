#include <fmt/format.h>

#include <algorithm>

#include "analysis/figures.h"
#include "analysis/format.h"
#include "analysis/gnuplot.h"
#include "analysis/table.h"

namespace mpq::analysis {
namespace {

std::string label_of(const PolicyLine& line) {
  return line.row->cases.size() > 1 ? line.row->label + ", " + seeds_text(line.seeds) : line.row->label;
}

std::vector<std::string> budgets_of(const std::vector<PolicyLine>& lines) {
  std::vector<std::string> budgets;
  for (const auto& line : lines)
    if (std::find(budgets.begin(), budgets.end(), line.row->budget) == budgets.end())
      budgets.push_back(line.row->budget);
  return budgets;
}

// A policy is a line of cells; a panel holds all policies of one budget, for weights or for activations.
// Everything is drawn in one coordinate system, y counting down in units of one cell.
struct Drawing {
  std::string cells, titles;
  std::vector<std::string> tics;
  double y = 0;

  void add_panel(const std::string& title, const std::vector<const PolicyLine*>& lines,
                 std::vector<std::int64_t> Deployment::*bits) {
    y += 1.1;
    titles += fmt::format("set label {} at -0.5, {:.2f} left font ',13' tc rgb '#202020'\n",
                          gnuplot_string(title), -y + 0.05);
    for (const auto* line : lines) {
      y += 1;
      tics.push_back(fmt::format("{} {:.2f}", gnuplot_tic(label_of(*line)), -y));
      const auto& widths = line->deployment->*bits;
      for (std::size_t i = 0; i < widths.size(); ++i)
        cells += fmt::format("{} {:.2f} {}\n", i, -y, widths[i]);
    }
    y += 0.4;
  }
};

// Viridis, dark for few bits; legible in print and with any colour vision.
constexpr const char* kPalette =
    "set palette maxcolors 7 defined (2 '#440154', 3 '#3b528b', 4 '#21918c', 5 '#3dbc74', 6 '#90d743', 7 "
    "'#c8e020', 8 '#fde725')\n"
    "set cbrange [1.5:8.5]\nunset colorbox\n";

constexpr const char* kPlot =
    "plot $cells using ($3 <= 8 ? $1 : NaN):2:(0.47):(0.45):3 with boxxyerror fc palette fs solid 1 noborder "
    "notitle, \\\n"
    "     $cells using ($3 > 8 ? $1 : NaN):2:(0.47):(0.45) with boxxyerror fc rgb '#dddddd' fs solid 1 "
    "noborder notitle, \\\n"
    "     $cells using ($3 <= 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#ffffff' font ',11' "
    "notitle, \\\n"
    "     $cells using ($3 > 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#000000' font ',11' "
    "notitle\n";

std::string joined(const std::vector<std::string>& tics) {
  std::string text;
  for (const auto& tic : tics) text += (text.empty() ? "" : ", ") + tic;
  return text;
}

std::string layer_tics(const std::vector<std::string>& layers) {
  std::vector<std::string> tics;
  for (std::size_t i = 0; i < layers.size(); ++i)
    tics.push_back(fmt::format("{} {}", gnuplot_tic(layers[i]), i));
  return joined(tics);
}

template <class Items, class Width>
std::size_t widest(const Items& items, Width width) {
  std::size_t most = 0;
  for (const auto& item : items) most = std::max(most, width(item));
  return most;
}

}  // namespace

Figure policy_figure(const Report& report, const std::string& network, const std::string& dataset) {
  Figure figure{Figure::Kind::policy,
                network,
                dataset,
                "",
                "policy-" + slug(network) + "-" + slug(dataset) + ".svg",
                ""};
  const auto lines = policy_lines(report.rows, network, dataset);
  Drawing drawing;
  for (const auto& budget : budgets_of(lines)) {
    std::vector<const PolicyLine*> panel;
    for (const auto& line : lines)
      if (line.row->budget == budget) panel.push_back(&line);
    drawing.add_panel("weights, budget " + budget, panel, &Deployment::weight_bits);
    drawing.add_panel("activations, budget " + budget, panel, &Deployment::act_bits);
  }
  const auto& layers = lines.empty() ? std::vector<std::string>() : lines.front().deployment->layers;
  constexpr int kCellHeight = 22;
  const auto count = std::max<int>(1, static_cast<int>(layers.size()));
  const auto left = 24 + 8 * static_cast<int>(widest(lines, [](const PolicyLine& line) {
                           return display_width(label_of(line));
                         }));
  const auto bottom =
      46 + 7 * static_cast<int>(widest(layers, [](const std::string& l) { return display_width(l); }));
  const int cell_width = std::clamp((860 - left) / count, 22, 48);
  const int width = left + cell_width * count + 30;
  const int height = 60 + static_cast<int>(drawing.y * kCellHeight) + bottom;
  figure.script =
      gnuplot_header(width, height, figure.file) +
      fmt::format("set label {} at screen 0.02, screen {:.4f} left font ',14'\n",
                  gnuplot_string(report.data.name + ": bits of every layer, " + network + " on " + dataset),
                  1 - 18.0 / height) +
      fmt::format(
          "set lmargin at screen {:.4f}\nset rmargin at screen {:.4f}\nset tmargin at screen {:.4f}\nset "
          "bmargin at screen {:.4f}\n",
          double(left) / width, 1 - 30.0 / width, 1 - 40.0 / height, double(bottom) / height) +
      fmt::format("set xrange [-0.5:{}]\nset yrange [{:.2f}:0]\n", double(layers.size()) - 0.5,
                  -drawing.y - 0.5) +
      "unset grid\nunset border\nset tics scale 0\n" +
      fmt::format("set xtics rotate by 90 right font ',12' ({})\nset ytics ({})\n", layer_tics(layers),
                  joined(drawing.tics)) +
      "" + kPalette + drawing.titles + "$cells << EOD\n" + drawing.cells + "EOD\n" + kPlot;
  return figure;
}

}  // namespace mpq::analysis
