#pragma once

#include <map>
#include <string>

#include "core/progress.h"
#include "models/network.h"
#include "quant/cost.h"
#include "search/greedy.h"
#include "training/batches.h"

namespace mpq::search {

/// How a policy is found on shared weights by forward passes alone.
struct SupernetSearch {
  bool random = false;  ///< the control: as many random policies as the greedy search scores, best one
  bool faithful = false;
  int start_bits = 5;
  std::int64_t images = 256;  ///< per iteration, drawn from the search split, keyed by (seed, iteration)
  std::int64_t max_iterations = 400;
  std::uint64_t seed = 0;
};

struct SupernetResult {
  bool met = false;
  quant::Policy policy;
  std::int64_t iterations = 0;
  std::map<std::string, torch::Tensor>
      trace;  ///< every move scored: before, error, complexity, score, chosen
};

/// Searches among the current lists of `network` under `budget`; weight target β = the largest b whose
/// uniform (b, b) fits the budget. `candidates`: of the study, descending. Every score is counted by the
/// network's meter.
SupernetResult search_supernet(models::Network& network, const training::Batch& search_split,
                               const quant::Budget& budget, const std::vector<int>& candidates,
                               const SupernetSearch& options, const ProgressSink& progress = {});

}  // namespace mpq::search
