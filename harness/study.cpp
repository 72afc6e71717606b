#include "harness/study.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <regex>

#include "core/error.h"
#include "harness/policy_file.h"
#include "harness/study_budgets.h"
#include "harness/study_choices.h"
#include "harness/study_section.h"

namespace mpq::harness {
namespace {

constexpr int kSchema = 1;
constexpr std::int64_t kMaxSeed = std::numeric_limits<std::int64_t>::max();

/// What a [[method]] inherits from the study around it.
struct Defaults {
  Json recipe;
  std::vector<BudgetRequest> budgets;
  std::vector<std::int64_t> seeds, candidates;
};

/// A file of widths becomes the method's options of that name, so that its content is part of every key.
void take_policy(const Section& section, const CatalogueItem& item, MethodRows& rows) {
  for (const std::string option : {"weight_bits", "act_bits"})
    if (!rows.method.options.contains(option))
      section.refuse("policy", "method '" + item.name + "' does not train a policy that is given",
                     "a method with the options weight_bits and act_bits", "remove the key");
  if (section.has("options"))
    for (const std::string option : {"weight_bits", "act_bits"})
      if (section.value("options").contains(option))
        section.refuse("policy", "widths are given twice: by 'policy' and by options." + option,
                       "one of the two", "remove one");
  const auto path = section.existing_file("policy");
  if (path.empty())
    section.refuse("policy", "there is no file '" + section.text("policy") + "'",
                   "the policy, even for a plan: it is part of what is planned", "correct the path");
  rows.policy = read_policy_file(path);
  rows.policy_where = section.where("policy");
  rows.method.options["weight_bits"] = rows.policy->weight_bits;
  rows.method.options["act_bits"] = rows.policy->act_bits;
}

MethodRows read_method(const TomlFile& file, const std::string& pointer, const Catalogue& catalogue,
                       const Defaults& defaults) {
  const Section section(file, pointer, {"name", "label", "options", "policy", "recipe", "budgets", "seeds"});
  const auto& item = find_item(catalogue.methods(), "method", section.text("name"), section.where("name"));
  MethodRows rows{choice_of(item, section.text("label", item.title), section.where("name")), {}, {}, {}, {}};
  rows.method.options = section.options("options", item.options, rows.method.options);
  if (section.has("policy")) take_policy(section, item, rows);
  rows.recipe = section.options("recipe", catalogue.recipe(), defaults.recipe);
  rows.seeds = section.wholes("seeds", defaults.seeds, 0, kMaxSeed);
  if (section.has("budgets") && !item.needs_budget())
    section.refuse("budgets", "method '" + item.name + "' takes no budget", "no key 'budgets' here",
                   "remove it");
  if (!item.needs_budget()) return rows;
  rows.budgets = section.has("budgets") ? read_budgets(section, defaults.candidates) : defaults.budgets;
  if (rows.budgets.empty())
    section.refuse("name", "method '" + item.name + "' needs a budget and none is given",
                   "budgets = [\"w3a3\", …] at the top of the study or here", "add budgets");
  if (rows.policy && rows.budgets.size() > 1)
    section.refuse("policy",
                   "a given policy would be trained for each of " + std::to_string(rows.budgets.size()) +
                       " budgets, to the same weights",
                   "one budget for this method: the cost of the policy, or more",
                   "add budgets = [\"…\"] to this [[method]]");
  return rows;
}

std::vector<MethodRows> read_methods(const Section& study, const Catalogue& catalogue,
                                     const Defaults& defaults) {
  if (!study.has("method") || !study.value("method").is_array() || study.value("method").empty())
    study.refuse("method", "no method is given", "at least one [[method]] with a name", "add [[method]]");
  std::vector<MethodRows> methods;
  for (std::size_t i = 0; i < study.value("method").size(); ++i)
    methods.push_back(read_method(study.file(), "/method/" + std::to_string(i), catalogue, defaults));
  return methods;
}

void read_pretrain(const Section& section, const Catalogue& catalogue, Study& study) {
  auto known = catalogue.recipe();
  known.push_back({"seed", "int", 1, "seed of the float network, apart from the seeds of the rows", "", {}});
  study.pretrain = section.options("pretrain", known, default_options(known));
  study.pretrain_seed = study.pretrain.at("seed");
  study.pretrain_epochs_given = section.file().json().contains("/pretrain/epochs"_json_pointer);
  study.pretrain.erase("seed");
  if (study.pretrain_seed < 0)
    throw_input({"'seed' is " + std::to_string(study.pretrain_seed), section.file().where("/pretrain/seed"),
                 "a whole number from 0 on", "write one"});
}

std::string read_name(const Section& section) {
  auto name = section.text("name");
  static const std::regex kName("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");
  if (!std::regex_match(name, kName))
    section.refuse("name", "'" + name + "' cannot name a study",
                   "at most 100 letters, digits, '_', '-' and '.', first a letter or digit",
                   "write " + slug(name));
  return name;
}

std::string read_convention(const Section& section, const Catalogue& catalogue) {
  const auto& known = catalogue.conventions();
  auto name = section.text("convention", known.front());
  if (std::find(known.begin(), known.end(), name) != known.end()) return name;
  section.refuse("convention", "unknown cost convention '" + name + "'", "one of: " + join(known),
                 did_you_mean(name, known, "choose one of them"));
}

void refuse_untrained_heads(const Study& study) {
  for (const auto& network : study.networks)
    if (network.new_head && (!study.pretrain_epochs_given || study.pretrain.at("epochs") == 0))
      throw_input({"network '" + network.name + "' gets a new head that nothing trains", network.where,
                   "[pretrain] with epochs, in which the head is trained", "give [pretrain] epochs"});
}

std::vector<std::string> names_of_defaults(const TomlFile& file) {
  const auto& given = file.json().at("defaults");
  if (given.is_string()) return {given.get<std::string>()};
  const auto is_text = [](const Json& item) { return item.is_string(); };
  if (given.is_array() && !given.empty() && std::all_of(given.begin(), given.end(), is_text))
    return given.get<std::vector<std::string>>();
  throw_input({"'defaults' is " + given.dump(), file.where("/defaults"),
               "the name of a TOML file, or a list of such names", "write defaults = \"FILE.toml\""});
}

TomlFile file_of_defaults(const TomlFile& study, const std::string& name) {
  const auto found = study.find_file(name);
  if (found.empty())
    throw_input({"there is no file of defaults '" + name + "'", study.where("/defaults"),
                 "a TOML file below " + join(study.folders()), "correct the path"});
  auto beneath = TomlFile::read(found);
  if (beneath.json().contains("defaults"))
    throw_input({"a file of defaults has defaults of its own", beneath.where("/defaults"),
                 "a study that names all files of defaults", "name both in the study"});
  if (beneath.json().contains("name"))
    throw_input({"a file of defaults has a name", beneath.where("/name"),
                 "the name in the study: results are stored under it", "move the line there"});
  return beneath;
}

}  // namespace

TomlFile read_study_file(const std::string& path, const std::string& data_folder) {
  auto file = TomlFile::read(path);
  file.look_also_in(data_folder);
  if (!file.json().contains("defaults")) return file;
  auto names = names_of_defaults(file);
  std::reverse(names.begin(), names.end());  // the last of them lies directly beneath the study
  for (const auto& name : names) file.lay_over(file_of_defaults(file, name));
  return file;
}

Study read_study(const TomlFile& file, const Catalogue& catalogue) {
  if (file.json().empty())
    throw_input({"the study is empty", file.path(),
                 "schema = 1, a name, networks or [[network]], [dataset], and at least one [[method]]",
                 "begin with a copy of experiments/quick.toml"});
  const Section section(
      file, "",
      {"schema", "name", "defaults", "networks", "network", "dataset", "budgets", "convention", "seeds",
       "threads", "final", "candidates", "pretrain", "recipe", "method"});
  if (section.whole("schema", {}, 1, kMaxSeed) != kSchema)
    section.refuse("schema", "this study has schema " + section.value("schema").dump(), "schema = 1",
                   "use a newer mpq, or write the study for schema 1");
  Study study;
  study.name = read_name(section);
  study.file = file.path();
  study.text = file.text();
  study.networks = read_networks(section, catalogue);
  study.datasets = read_datasets(section, catalogue);
  study.convention = read_convention(section, catalogue);
  study.candidates = read_candidates(section);
  study.threads = static_cast<int>(section.whole("threads", 1, 1, 1024));
  study.final = section.flag("final", false);
  study.recipe_defaults = default_options(catalogue.recipe());
  read_pretrain(section, catalogue, study);
  Defaults defaults{section.options("recipe", catalogue.recipe(), study.recipe_defaults),
                    {},
                    section.wholes("seeds", {1}, 0, kMaxSeed),
                    study.candidates};
  if (section.has("budgets")) defaults.budgets = read_budgets(section, study.candidates);
  study.methods = read_methods(section, catalogue, defaults);
  refuse_untrained_heads(study);
  return study;
}

std::string slug(const std::string& text) {
  std::string result;
  for (const unsigned char c : text) {
    if (std::isalnum(c))
      result += static_cast<char>(std::tolower(c));
    else if (!result.empty() && result.back() != '-')
      result += '-';
  }
  while (!result.empty() && result.back() == '-') result.pop_back();
  return result.empty() ? "x" : result;
}

}  // namespace mpq::harness
