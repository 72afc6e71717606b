#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/progress.h"
#include "models/network.h"
#include "quant/cost.h"
#include "search/greedy.h"
#include "training/batches.h"

namespace mpq::search {

/// How a policy is found on shared weights by forward passes alone.
struct SupernetSearchOptions {
  /// A weight_target of 0: the largest b whose uniform (b, b) fits the budget. `smallest` follows from the candidates.
  GreedyOptions greedy;
  bool random = false;        ///< the control: as many random policies as the greedy search scores, best one
  std::int64_t images = 256;  ///< per iteration, drawn from the search split, keyed by (seed, iteration)
  std::uint64_t seed = 0;
};

/// Where images of the search split come from: `count` of them, read by their places in it.
struct SearchImages {
  std::int64_t count = 0;
  std::function<training::Batch(const std::vector<std::int32_t>& places)> at;
};

struct SupernetResult {
  bool met = false;
  quant::Policy policy;
  std::int64_t iterations = 0;
  /// Every move scored: before, error, cross_entropy, complexity, score, chosen. With `random` also the
  /// policies drawn: random_policies [K, site, 2], random_cross_entropy [K].
  std::map<std::string, torch::Tensor> trace;
};

/// Searches among the current lists of `network` under `budget`; weight target β = the largest b whose
/// uniform (b, b) fits the budget, start = the larger of start_bits and the candidate above β, so that the
/// walk begins above the limit. `candidates`: of the study, descending. Every score is counted by the
/// network's meter.
SupernetResult search_supernet(models::Network& network, const SearchImages& images,
                               const quant::Budget& budget, const std::vector<int>& candidates,
                               const SupernetSearchOptions& options, const ProgressSink& progress = {});

}  // namespace mpq::search
