#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "core/options.h"

namespace mpq::harness {

/// One method, network or data set as the worker describes it.
struct CatalogueItem {
  std::string name, title, citation;
  int revision = 1;
  std::vector<OptionInfo> options;
  Json facts;  ///< the whole entry: family and needs of a method, input of a network, size of a data set

  bool needs_budget() const { return facts.value("/needs/budget"_json_pointer, true); }
  bool needs_recipe_in_prepare() const { return facts.value("/needs/recipe_in_prepare"_json_pointer, true); }
  bool needs_training() const { return facts.value("/needs/training"_json_pointer, true); }
  /// Options of a method that its prepare does not see.
  std::vector<std::string> deploy_options() const {
    return facts.value("options_of_deploy", std::vector<std::string>{});
  }
  std::string family() const { return facts.value("family", ""); }
};

/// What the worker can do, written by `mpq-worker --describe` when mpq was built.
class Catalogue {
 public:
  /// Throws Error(environment) if the file is missing or was not made by this version.
  static Catalogue read(const std::string& path);
  explicit Catalogue(const Json& json);

  const std::vector<CatalogueItem>& methods() const { return methods_; }
  const std::vector<CatalogueItem>& networks() const { return networks_; }
  const std::vector<CatalogueItem>& datasets() const { return datasets_; }
  const std::vector<OptionInfo>& recipe() const { return recipe_; }
  const std::vector<std::string>& conventions() const { return conventions_; }
  int core_revision() const { return core_revision_; }
  const std::string& worker_sha256() const { return worker_sha256_; }

 private:
  std::vector<CatalogueItem> methods_, networks_, datasets_;
  std::vector<OptionInfo> recipe_;
  std::vector<std::string> conventions_;
  int core_revision_ = 0;
  std::string worker_sha256_;
};

/// The item called `name`. Throws Error(input) with the nearest name; `kind` is "method", "network" or
/// "data set".
const CatalogueItem& find_item(const std::vector<CatalogueItem>& items, const std::string& kind,
                               const std::string& name, const std::string& where);

}  // namespace mpq::harness
