#pragma once

#include <string>

#include "results/store.h"

namespace mpq::cli {

/// <store>/reports/<study>: where a report lands unless the user says otherwise.
std::string report_folder(const results::Store& store, const std::string& study);

struct KeptReport {
  std::string folder;
  std::string note;  ///< why there are no figures, or ""
};
/// Writes the report of a study there; does nothing if neither the study nor any of its stages has changed
/// since, unless figures are missing. Throws Error.
KeptReport keep_report(const results::Store& store, const std::string& study);

/// Says that the report there was made in another way, so that the next keep_report() makes it anew.
void forget_report(const results::Store& store, const std::string& study);

}  // namespace mpq::cli
