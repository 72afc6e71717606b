#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"

namespace mpq::cli {

Command check_command();
Command data_command();
Command env_command();
Command export_command();
Command index_command();
Command list_command();
Command report_command();
Command run_command();
Command show_command();
Command status_command();
Command version_command();

/// Runs the command that `words` (without the program's name) spell. Throws Error.
int run_mpq(const std::vector<std::string>& words);

}  // namespace mpq::cli
