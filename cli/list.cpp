// mpq list: what a study can name.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "cli/commands.h"
#include "cli/text_table.h"
#include "core/error.h"
#include "core/file.h"
#include "harness/catalogue.h"
#include "harness/installation.h"

namespace fs = std::filesystem;

namespace mpq::cli {
namespace {

using harness::Catalogue;
using harness::CatalogueItem;

std::string value_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void print_options(const std::vector<OptionInfo>& options) {
  for (const auto& option : options) {
    std::string line = fmt::format("    {} = {}  ({}) {}", option.name, option.default_value.dump(),
                                   option.type, option.help);
    if (!option.choices.empty()) line += "; one of: " + join(option.choices);
    if (option.least && option.most)
      line += fmt::format("; {:g} to {:g}", *option.least, *option.most);
    else if (option.least)
      line += fmt::format("; at least {:g}", *option.least);
    if (!option.source.empty()) line += " [" + option.source + "]";
    std::cout << line << "\n";
  }
}

/// Everything the worker says of an item that is not printed in a place of its own.
void print_facts(const CatalogueItem& item) {
  for (const auto& [key, value] : item.facts.items()) {
    if (key == "name" || key == "title" || key == "citation" || key == "options") continue;
    std::cout << "    " << key << ": " << value_text(value) << "\n";
  }
}

void print_items(const std::vector<CatalogueItem>& items, bool in_full) {
  TextTable table({"name", "title", "about"});
  for (const auto& item : items) {
    if (!in_full) {
      table.add({item.name, item.title, item.facts.value("summary", item.citation)});
      continue;
    }
    std::cout << item.name << ": " << item.title << "\n    " << item.citation << "\n";
    print_facts(item);
    print_options(item.options);
    std::cout << "\n";
  }
  if (!in_full) std::cout << table.text();
}

/// "# Question: …" of the comment that a study file opens with, and the indented lines that continue it.
std::vector<std::string> question_of(const std::string& path) {
  std::istringstream lines(read_file(path, std::size_t{1} << 20));
  const std::string mark = "# Question:", more = "#   ";
  std::vector<std::string> question;
  for (std::string line; std::getline(lines, line) && line.starts_with("#");) {
    const auto& opening = question.empty() ? mark : more;
    if (line.starts_with(opening))
      question.push_back(line.substr(std::min(line.size(), line.find_first_not_of(' ', opening.size()))));
    else if (!question.empty())
      break;
  }
  return question;
}

int list_studies(bool as_json) {
  std::vector<fs::path> files;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator("experiments", absent))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Json json = Json::array();
  TextTable table({"name", "question"});
  for (const auto& file : files) {
    const auto question = question_of(file.string());
    json.push_back(
        {{"name", file.stem().string()}, {"file", file.string()}, {"question", join(question, " ")}});
    table.add({file.stem().string(), question.empty() ? "" : question.front()});
    for (std::size_t i = 1; i < question.size(); ++i) table.add({"", question[i]});
  }
  if (as_json)
    std::cout << text_of(json, 2) << "\n";
  else if (files.empty())
    std::cout << "no studies in ./experiments; any TOML file can be run by its path\n";
  else
    std::cout << table.text();
  return 0;
}

int list(const Arguments& arguments) {
  const auto what = arguments.text("WHAT");
  if (what == "studies") return list_studies(arguments.has("json"));
  const std::vector<std::string> known = {"methods", "models", "datasets", "recipe", "studies"};
  if (std::find(known.begin(), known.end(), what) == known.end()) {
    throw_input({"there is no list of '" + what + "'", "the command line of mpq list",
                 "one of: " + join(known), did_you_mean(what, known, "choose one of them")});
  }
  const auto catalogue = Catalogue::read(harness::Installation::find().catalogue);
  if (what == "recipe") {
    if (arguments.has("json"))
      std::cout << to_json(catalogue.recipe()).dump(2) << "\n";
    else
      print_options(catalogue.recipe());
    return 0;
  }
  const auto& items = what == "methods"  ? catalogue.methods()
                      : what == "models" ? catalogue.networks()
                                         : catalogue.datasets();
  Json facts = Json::array();
  for (const auto& item : items) facts.push_back(item.facts);
  if (arguments.has("json"))
    std::cout << facts.dump(2) << "\n";
  else
    print_items(items, arguments.has("long"));
  return 0;
}

}  // namespace

Command list_command() {
  return {"list",
          {"WHAT"},
          "names that a study can use: methods, models, datasets, recipe, studies",
          {{"long", "", "with citation, facts, and every option with its default"}, json_option()},
          {"mpq list methods", "mpq list datasets --long", "mpq list recipe", "mpq list studies"},
          list};
}

}  // namespace mpq::cli
