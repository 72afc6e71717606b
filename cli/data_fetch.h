#pragma once

#include <string>

namespace mpq::cli {

/// Gets the files that the list of data set `name` names into the data folder, continuing what an earlier try
/// left, and holds each to its MD5. `own` is the set's folder below the data folder.
/// Throws Error(input) for a set without a list, a file that is had after registration only, and one with
/// another MD5; Error(environment) where a program that is needed is missing or fails.
void fetch_files(const std::string& name, const std::string& data_folder, const std::string& own);

}  // namespace mpq::cli
