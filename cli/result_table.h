#pragma once

#include <string>
#include <vector>

#include "harness/plan.h"
#include "results/index.h"
#include "results/store.h"

namespace mpq::cli {

/// What there is to say when a run has ended.
struct RunEnd {
  const harness::Plan& plan;
  const std::vector<std::size_t>& cases;  ///< those that were asked for
  const results::Store& store;
  const results::Index& index;
  std::string study_file, report_folder;
  std::string store_option,
      data_option;  ///< " --store …", " --data …": to be repeated by whoever follows a hint
  int exit_code = 0;
};

/// One line for each case (or JSON), on standard output; then, on standard error, how to run a failed
/// case alone and where the report is.
void print_results(const RunEnd& end, bool as_json);

}  // namespace mpq::cli
