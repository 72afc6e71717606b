#include "cli/places.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "harness/toml_file.h"
#include "results/facts.h"

namespace fs = std::filesystem;

namespace mpq::cli {
namespace {

std::string folder_from(const Arguments& arguments, const std::string& option, const char* variable,
                        const std::string& fallback) {
  if (arguments.has(option)) return arguments.text(option);
  const char* given = std::getenv(variable);
  return given != nullptr && *given != '\0' ? given : fallback;
}

}  // namespace

std::string store_folder(const Arguments& arguments) {
  return folder_from(arguments, "store", "MPQ_STORE", "./store");
}
std::string data_folder(const Arguments& arguments) {
  return folder_from(arguments, "data", "MPQ_DATASETS", "./data");
}

std::string study_file(const std::string& study) {
  if (fs::is_regular_file(study)) return study;
  auto in_experiments = "experiments/" + study + ".toml";
  if (fs::is_regular_file(in_experiments)) return in_experiments;
  std::vector<std::string> known;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator("experiments", absent))
    if (entry.path().extension() == ".toml") known.push_back(entry.path().stem().string());
  std::sort(known.begin(), known.end());
  throw_input({"there is no study '" + study + "'", "the command line",
               known.empty()
                   ? "a TOML file, or NAME for ./experiments/NAME.toml (there is no such folder here)"
                   : "a TOML file, or one of: " + join(known),
               did_you_mean(study, known, "check the path; `mpq list studies` lists the names")});
}

results::Store existing_store(const Arguments& arguments) {
  const auto folder = store_folder(arguments);
  if (!results::Store::is_store(folder))
    throw_input({"there is no store", folder, "a folder that `mpq run` has made",
                 "run a study first, or name the store with --store or MPQ_STORE"});
  return results::Store(folder);
}

std::optional<results::Index> existing_index(const results::Store& store) {
  if (!fs::exists(store.index_path())) return std::nullopt;
  return results::Index(store, results::Index::Access::read);
}

std::string stored_study(const results::Index& index, const std::string& study) {
  const auto known = index.studies();
  const auto has = [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  if (has(study)) return study;
  for (const auto& path : {study, "experiments/" + study + ".toml"}) {
    if (!fs::is_regular_file(path)) continue;
    auto name = results::text_fact(harness::TomlFile::read(path).json(), "name");
    if (has(name)) return name;
    throw_input({"study '" + name + "' has not run in this store", path, "a study that `mpq run` has started",
                 "run it first: mpq run " + study});
  }
  throw_input({"the store has no study '" + study + "'", "the command line",
               known.empty() ? "a study that `mpq run` has started" : "one of: " + join(known),
               did_you_mean(study, known, "run it first, or name another store with --store")});
}

}  // namespace mpq::cli
