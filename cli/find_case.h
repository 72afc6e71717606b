#pragma once

#include "cli/arguments.h"
#include "results/index.h"
#include "results/store.h"

namespace mpq::cli {

/// The store and the row that the command line names by CASE, --study and --store: in that study, or in the only one
/// that has such a case; CASE may be the beginning of one id alone. Throws Error(input) with the nearest id, and where
/// there is no store or nothing has run in it.
struct NamedCase {
  results::Store store;
  results::CaseRow row;
};
NamedCase named_case(const Arguments& arguments);

}  // namespace mpq::cli
