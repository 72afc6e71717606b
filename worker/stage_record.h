#pragma once

#include <string>

#include "core/meter.h"
#include "models/network.h"
#include "results/stage_file.h"
#include "training/evaluate.h"

/// What a stage has found, put into its record; paths, facts and units: docs/results_format.md.
namespace mpq::worker {

void put_tensors(results::StageRecord& record, const models::StateDict& tensors);
void put_costs(results::StageRecord& record, const Meter& meter);

/// Widths, BitOPs under every convention, size, and the facts of each layer. `settings`: of the stage.
void put_policy(results::StageRecord& record, models::Network& net, const Json& settings);

/// The scores of every image of a split, and their means. Throws Error(case_failed) for a probability that is not
/// finite.
void put_predictions(results::StageRecord& record, const std::string& split,
                     const training::Predictions& seen);

}  // namespace mpq::worker
