#include "cli/commands.h"

#include <fmt/format.h>

#include <iostream>

#include "core/build_info.h"
#include "core/error.h"

namespace mpq::cli {
namespace {

/// In the order of `mpq --help`.
std::vector<Command> all_commands() {
  return {run_command(),   status_command(), report_command(), list_command(),
          show_command(),  export_command(), check_command(),  data_command(),
          index_command(), env_command(),    version_command()};
}

std::string overview(const std::vector<Command>& commands) {
  std::string text =
      "mpq: mixed-precision quantization methods side by side, on the same data, recipe, budget and "
      "accounting\n\n"
      "usage: mpq COMMAND …\n\n";
  for (const auto& command : commands) text += fmt::format("  {:<9}{}\n", command.name, command.summary);
  text +=
      "\nexamples:\n"
      "  mpq run experiments/quick.toml --jobs 2    run what is not finished, then print the table\n"
      "  mpq run quick --dry-run                    the plan: cases, stages, what is done\n"
      "  mpq status                                 every study of the store, and what runs now\n"
      "  mpq report quick                           tables and figures from stored predictions\n"
      "  mpq list methods --long                    every method with its options\n"
      "\nmpq COMMAND --help says more. Exit codes: 0 all well, 1 some case failed, 2 wrong input, 3 disk, "
      "lock or\n"
      "newer store, 70 a bug of mpq, 130 stopped by the user (run the same command again to go on).\n";
  return text;
}

const Command& find_command(const std::vector<Command>& commands, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  throw_input({"unknown command '" + name + "'", "the command line", "one of: " + join(names),
               did_you_mean(name, names, "see mpq --help")});
}

}  // namespace

int run_mpq(const std::vector<std::string>& words) {
  const auto commands = all_commands();
  if (words.size() == 2 && words.front() == "help") return run_mpq({words.back(), "--help"});
  const std::string first = words.empty() ? "--help" : words.front();
  if (first == "--help" || first == "-h" || first == "help") {
    std::cout << overview(commands);
    return 0;
  }
  const auto& command = find_command(commands, first == "--version" ? "version" : first);
  const auto arguments = parse_arguments(command, {words.begin() + 1, words.end()});
  if (arguments.has("help")) {
    std::cout << help_text(command);
    return 0;
  }
  return command.run(arguments);
}

Command version_command() {
  return {"version", {}, "version and revision of this program", {}, {"mpq version"}, [](const Arguments&) {
            const auto build = build_info();
            std::cout << fmt::format("mpq {} ({}, {})\n", build.at("version").get<std::string>(),
                                     build.at("revision").get<std::string>(),
                                     build.at("dirty").get<bool>() ? "with uncommitted changes" : "clean");
            return 0;
          }};
}

}  // namespace mpq::cli
