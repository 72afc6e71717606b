#include "harness/study_choices.h"

#include <algorithm>

#include "core/hash.h"

namespace mpq::harness {
namespace {

constexpr const char* kNetwork = "network";

std::vector<std::string> texts(const Section& section, const std::string& key) {
  const Json& given = section.value(key);
  const auto is_text = [](const Json& item) { return item.is_string(); };
  if (!given.is_array() || given.empty() || !std::all_of(given.begin(), given.end(), is_text))
    section.refuse(key, "'" + key + "' is " + given.dump(), "a list of names, at least one",
                   "write " + key + " = [\"…\"]");
  return given.get<std::vector<std::string>>();
}

/// What a network starts from: a file, how much of it is taken, and what it is known to reach.
void read_checkpoint(const Section& section, Choice& choice) {
  if (section.has("checkpoint")) {
    const auto path = section.existing_file("checkpoint");
    choice.checkpoint =
        path.empty() ? InputFile{section.text("checkpoint"), ""} : InputFile{path, sha256_file(path)};
  }
  choice.new_head = section.flag("new_head", false);
  for (const std::string key : {"recorded_top1", "new_head", "dictionary"})
    if ((key == "new_head" ? choice.new_head : section.has(key)) && !choice.checkpoint)
      section.refuse(key, "'" + key + "' is given without a checkpoint", "'checkpoint' beside '" + key + "'",
                     "add the checkpoint, or remove '" + key + "'");
  if (section.has("dictionary")) choice.dictionary = section.text("dictionary");
  if (!section.has("recorded_top1")) return;
  if (choice.new_head)
    section.refuse("recorded_top1", "an accuracy is recorded for a head that is not taken",
                   "'recorded_top1' without 'new_head'", "remove one of the two");
  choice.recorded_top1 = section.number("recorded_top1", 0, 100);
}

/// "mobilenet_v2 stem=small width=0.5": a variant of a network is called by what it varies, wherever results name it.
std::string variant_name(const Choice& choice) {
  auto name = choice.name;
  for (const auto& option : choice.item->options) {
    const auto& value = choice.options.at(option.name);
    if (value == option.default_value) continue;
    name += " " + option.name + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return name;
}

/// One table with name, options and, where two of a kind differ only in options, a label. A network may
/// name the checkpoint it starts from, and what that is known to reach.
Choice choice_at(const TomlFile& file, const std::string& pointer, const std::vector<CatalogueItem>& items,
                 const std::string& kind) {
  std::vector<std::string> keys{"name", "label", "options"};
  if (kind == kNetwork) keys.insert(keys.end(), {"checkpoint", "dictionary", "recorded_top1", "new_head"});
  const Section section(file, pointer, keys);
  const auto name = section.text("name");
  auto choice = choice_of(find_item(items, kind, name, section.where("name")), section.text("label", name),
                          section.where("name"));
  choice.options = section.options("options", choice.item->options, choice.options);
  if (kind == kNetwork && !section.has("label")) choice.label = variant_name(choice);
  read_checkpoint(section, choice);
  return choice;
}

/// A table, or a list of tables, at `key`.
std::vector<Choice> choices_at(const Section& study, const std::string& key,
                               const std::vector<CatalogueItem>& items, const std::string& kind) {
  if (!study.value(key).is_array()) return {choice_at(study.file(), study.pointer(key), items, kind)};
  if (study.value(key).empty())
    study.refuse(key, "'" + key + "' is empty", "at least one " + kind, "name one");
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < study.value(key).size(); ++i)
    choices.push_back(choice_at(study.file(), study.pointer(key) + "/" + std::to_string(i), items, kind));
  return choices;
}

}  // namespace

Choice choice_of(const CatalogueItem& item, std::string label, std::string where) {
  return {item.name, std::move(label), item.revision, default_options(item.options), std::move(where), &item,
          {}};
}

std::vector<Choice> read_networks(const Section& study, const Catalogue& catalogue) {
  if (study.has("networks") == study.has("network"))
    study.refuse(study.has("network") ? "network" : "networks",
                 study.has("network") ? "both 'networks' and [[network]] are given" : "no network is given",
                 "networks = [\"NAME\", …], or one [[network]] with name and options for each",
                 study.has("network") ? "keep one of the two" : "add one of the two");
  if (study.has("network")) return choices_at(study, "network", catalogue.networks(), kNetwork);
  std::vector<Choice> networks;
  for (const auto& name : texts(study, "networks"))
    networks.push_back(choice_of(find_item(catalogue.networks(), kNetwork, name, study.where("networks")),
                                 name, study.where("networks")));
  return networks;
}

std::vector<Choice> read_datasets(const Section& study, const Catalogue& catalogue) {
  if (!study.has("dataset"))
    study.refuse("dataset", "no data set is given", "[dataset] with name and options", "add [dataset]");
  return choices_at(study, "dataset", catalogue.datasets(), "data set");
}

}  // namespace mpq::harness
