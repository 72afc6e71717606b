#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "quant/cost.h"

namespace mpq::search {

/// What a searcher knows about a policy after a forward pass.
struct Score {
  double error = 0;          ///< top-1 error, in [0, 1]
  double cross_entropy = 0;  ///< mean
};

/// A policy that differs from the current one at one site.
struct Neighbour {
  std::size_t site = 0;
  quant::Policy policy;
};

/// Scores neighbours of `base` on the images of this iteration.
using ScoreNeighbours = std::function<std::vector<Score>(std::int64_t iteration, const quant::Policy& base,
                                                         const std::vector<Neighbour>&)>;

struct GreedyOptions {
  int start_bits = 5;
  int weight_target = 3;  ///< β: the weight phase ends at slack · BitOPs(all w = β, all a = start_bits)
  int smallest = 2;       ///< no move goes below
  double accuracy_scale = 1.5;
  double slack = 0.95;
  std::int64_t max_iterations = 400;
  bool faithful = false;  ///< the published loop with its quirks (rfquant.md §10, §11: 17-19)
};

struct GreedyProblem {
  std::vector<quant::SiteLists> lists;  ///< current lists, descending
  std::vector<int> candidates;          ///< the study's list; a move goes to the neighbour in it
  std::function<std::int64_t(const quant::Policy&)> bitops;
  std::int64_t limit = 0;
};

/// One iteration as data. Tables have 2 entries a site: down at 2·site, up at 2·site + 1; a forbidden move
/// has infinite error and score and −infinite complexity.
struct GreedyIteration {
  quant::Policy before, after;
  bool activation_phase = false;
  std::vector<double> error, cross_entropy, complexity, score;
  std::size_t chosen = 0;
  bool moved = false;
};

struct GreedyResult {
  bool met = false;
  quant::Policy policy;
  std::vector<GreedyIteration> iterations;
};

/// Bidirectional greedy search (rfquant.md §10): every iteration scores a step up and a step down at each
/// site on fresh images, score = scale · error / max error − (1 − cost / max cost), smallest first; weights
/// until their target, then activations until the limit holds. Clean default: the limit is ≤, costs are
/// always current, no move that changes nothing, no immediate undo, an accuracy term of 0 when no move errs,
/// a weight target that weights can reach, a phase that ends where its tensor can go down no more, and only
/// steps down after max_iterations or once a phase has come to no cheaper policy for as many moves as it has
/// to choose from.
GreedyResult greedy_search(const GreedyProblem& problem, const GreedyOptions& options,
                           const quant::Policy& entry, const ScoreNeighbours& score);

/// The chooser alone: scores from errors and costs. +∞ marks a forbidden move.
std::vector<double> move_scores(const std::vector<double>& error, const std::vector<double>& complexity,
                                double accuracy_scale, bool faithful);
/// The first smallest score; with `faithful`, NaN counts as smallest, as in the published program.
std::size_t first_minimum(const std::vector<double>& scores, bool faithful);

}  // namespace mpq::search
