#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/options.h"
#include "methods/task.h"
#include "models/network.h"
#include "quant/cost.h"

namespace mpq::methods {

/// Images that a search or a sensitivity passes through the network, for plans to estimate: the product of `factors`,
/// each an option of the method that is a number, or
///   "moves"         one width down at any site, weights or activations
///   "steps_down"    all moves from the widest candidates to the narrowest
///   "final_score"   images of calib, and of search
struct SearchCost {
  std::string stage;  ///< "prepare" or "deploy"
  std::vector<std::string> factors;
  double passes = 1;  ///< forward passes that one of these images counts for; a backward pass counts as two
};
/// The factors that are no options.
inline const std::vector<std::string> kSearchFactors{"moves", "steps_down", "final_score"};

/// Facts about a method, as data. The conformance suite and `mpq check` hold the method to budget,
/// gradients_in_deploy and recipe_in_prepare; a plan estimates its cost by training, family and search_costs; the rest
/// is for the reader.
struct MethodInfo {
  std::string name, title;
  /// "float", "fixed", "search_retrain", "one_shot", "control", "learned" or "post_training".
  std::string family;
  std::string citation;
  std::string summary;  ///< one sentence
  int revision = 1;     ///< raised whenever the same settings would give other numbers
  struct Needs {
    bool budget = true;               ///< one network per budget; false: one for all
    bool training = true;             ///< takes optimiser steps somewhere
    bool gradients_in_deploy = true;  ///< false: deploy takes no optimiser step, and the meter proves it
    bool labels = true;
    bool recipe_in_prepare = false;  ///< prepare trains: its result depends on the recipe
  } needs;
  /// Options that make the method cheap enough for the conformance suite; empty: defaults are.
  Json check_options = Json::object();
  /// Names of options that deploy alone reads: whatever they are, rows share what prepare has learned. Prepare gets
  /// their defaults.
  std::vector<std::string> deploy_options = {};
  std::vector<SearchCost> search_costs = {};
  std::vector<OptionInfo> options = {};  ///< filled by the registry
};

/// All a method has before a budget is known: named tensors and JSON, so that it can be stored and shared.
struct Prepared {
  models::StateDict tensors;
  Json facts = Json::object();
};

/// A network with its policy set. Norm recalibration and evaluation are the harness's business.
struct Deployed {
  std::unique_ptr<models::Network> network;
  Json facts = Json::object();
};

/// Thrown by a method that cannot serve a network or budget: a row with its reason, not a failure.
struct Unsupported : std::exception {
  explicit Unsupported(std::string why) : reason(std::move(why)) {}
  const char* what() const noexcept override { return reason.c_str(); }
  std::string reason;
};

/// Turns a trained float network into quantized networks under budgets.
class Method {
 public:
  virtual ~Method() = default;
  /// All that can be done before a budget is known. Saved; shared by every budget.
  virtual Prepared prepare(Task& task) = 0;
  /// A network with weights and policy for one budget (ignored by methods that need none). Leaves `prepared`
  /// untouched; the order of budgets is irrelevant. Throws Unsupported.
  virtual Deployed deploy(Task& task, const Prepared& prepared, const quant::Budget& budget) = 0;
};

}  // namespace mpq::methods
