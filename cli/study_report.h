#pragma once

#include <string>

#include "results/store.h"

namespace mpq::cli {

/// <store>/reports/<study>: where a report lands unless the user says otherwise.
std::string report_folder(const results::Store& store, const std::string& study);

/// Writes the report of a study there and returns the folder; does nothing if neither the study nor any
/// of its stages has changed since. Throws Error.
std::string keep_report(const results::Store& store, const std::string& study);

}  // namespace mpq::cli
