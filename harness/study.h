#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "harness/catalogue.h"
#include "harness/policy_file.h"
#include "harness/toml_file.h"

namespace mpq::harness {

/// A file that a study names; what counts for keys is its content.
struct InputFile {
  std::string path;
  std::string sha256;  ///< empty: it is not here, which only a plan that will not run allows

  bool is_here() const { return !sha256.empty(); }
};

/// A chosen method, network or data set: its revision and every option, given or default.
struct Choice {
  std::string name, label;
  int revision = 1;
  Json options = Json::object();
  std::string where;  ///< file:line of the choice
  const CatalogueItem* item = nullptr;
  std::optional<InputFile> checkpoint = std::nullopt;  ///< float weights that a network starts from
  bool new_head = false;  ///< the classifier is not taken from there: other classes
  std::string dictionary =
      {};  ///< which weights of a checkpoint with several: "ema", …; empty: the usual ones
  std::optional<double> recorded_top1 =
      std::nullopt;  ///< percent of the test part that they are known to reach

  /// {"name", "revision", "options"}: the part of a stage's settings that this choice is.
  Json settings() const { return {{"name", name}, {"revision", revision}, {"options", options}}; }
};

/// A budget as written: the cost of a uniform policy, or a number of BitOPs.
struct BudgetRequest {
  std::string label;                        ///< "w3a3" or "389324800"
  std::optional<std::pair<int, int>> bits;  ///< (weight, activation) of "w3a3"
  std::int64_t bitops = 0;                  ///< where no bits are given
  std::string where;
};

/// One [[method]] of a study: a row for every network, data set, budget and seed.
struct MethodRows {
  Choice method;
  Json recipe;
  std::vector<BudgetRequest> budgets;  ///< empty for a method that needs none
  std::vector<std::int64_t> seeds;
  std::optional<PolicyFile> policy;  ///< if a file gives one: its widths are options already
  std::string policy_where = {};     ///< file, line and key, for messages
};

/// A study with every default filled in.
struct Study {
  std::string name, file, text;
  std::vector<Choice> networks, datasets;
  std::string convention;
  std::vector<std::int64_t> candidates;  ///< widths of weights and activations, descending
  int threads = 1;                       ///< compute threads of one stage
  bool final = false;                    ///< evaluate once on the official test part as well
  std::int64_t pretrain_seed = 1;
  Json pretrain;                       ///< recipe of the float network
  Json recipe_defaults;                ///< what a recipe is where nothing is given
  bool pretrain_epochs_given = false;  ///< a network with a checkpoint is trained further only if they are
  std::vector<MethodRows> methods;
};

/// Reads a study file, puts the files that its key `defaults` names beneath it, and looks for files that it names
/// below `data_folder` as well.
TomlFile read_study_file(const std::string& path, const std::string& data_folder);

/// Checks a study file against the catalogue, which must outlive the result. Throws Error(input)
/// naming file, line and key.
Study read_study(const TomlFile& file, const Catalogue& catalogue);

/// Everything in a study that is not a default, for reports to say: {"networks": [{"label", "name", "options" and perhaps
/// "checkpoint"}], "datasets", "pretrain": recipe, "methods": with "recipe"}.
Json settings_of(const Study& study);

/// Lower-case letters, digits and single hyphens: "LSQ, w/o EMA" → "lsq-w-o-ema".
std::string slug(const std::string& text);

}  // namespace mpq::harness
