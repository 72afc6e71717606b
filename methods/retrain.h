#pragma once

#include "methods/method.h"

namespace mpq::methods {

/// The retraining that every method with a fixed policy shares: learned steps from the float weights, one
/// norm per site, the recipe of the study. `name` is unique within the stage; `images` limits the training
/// split (0 = all); `spec` says how steps start (its candidates are the study's).
Deployed retrain(Task& task, const quant::Policy& policy, const std::string& name,
                 const training::Recipe& recipe, std::int64_t images = 0, models::QuantizationSpec spec = {});

/// The same training in the phase that is open: a search that trains a little is charged as a search.
Deployed train_policy(Task& task, const quant::Policy& policy, const std::string& name,
                      const training::Recipe& recipe, std::int64_t images = 0,
                      models::QuantizationSpec spec = {});

/// The uniform policy that costs the budget exactly; if there is none, the dearest below it among those whose smaller
/// width is as large as it can be, so that no tensor is starved for the other. Of equals the one whose smaller width
/// is larger, then the one with more weight bits. Throws Unsupported if none fits.
quant::Policy best_uniform_policy(Task& task, const models::Network& float_network,
                                  const quant::Budget& budget);

/// Throws Unsupported, naming the site by its number, for a width that a site does not have.
void require_candidates(const quant::Policy& policy, const std::vector<quant::SiteLists>& lists);

/// Candidate lists that sites of a float network will get.
std::vector<quant::SiteLists> lists_of_study(const models::Network& float_network,
                                             const std::vector<int>& candidates);

}  // namespace mpq::methods
