#pragma once

#include <optional>
#include <string>

#include "cli/arguments.h"
#include "results/index.h"
#include "results/store.h"

namespace mpq::cli {

/// --store, else MPQ_STORE, else ./store.
std::string store_folder(const Arguments& arguments);
/// --data, else MPQ_DATASETS, else ./data.
std::string data_folder(const Arguments& arguments);

/// The file that STUDY names: a path, or NAME for ./experiments/NAME.toml. Throws Error(input) with the
/// nearest name.
std::string study_file(const std::string& study);

/// A store for reading. Throws Error(input) if there is none: reading never creates one.
results::Store existing_store(const Arguments& arguments);

/// The index of a store for reading; nothing if no study has run yet.
std::optional<results::Index> existing_index(const results::Store& store);

/// The name under which the store knows STUDY: a name it has, or the name in a study file. Throws
/// Error(input) with the nearest.
std::string stored_study(const results::Index& index, const std::string& study);

}  // namespace mpq::cli
