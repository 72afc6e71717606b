#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mpq::cli {

/// One option of a command, as data: parsing and `--help` come from it.
struct Option {
  std::string name;   ///< "jobs", or "jobs,j" with a short form
  std::string value;  ///< what follows it, "N"; empty: a flag
  std::string help;
  bool repeated = false;
};

/// What the user has typed, checked against the options of the command.
class Arguments {
 public:
  bool has(const std::string& name) const { return values_.contains(name); }
  std::string text(const std::string& name, const std::string& fallback = {}) const;
  std::vector<std::string> texts(const std::string& name) const;
  /// Throw Error(input) if the value is no number or outside the limits.
  int whole(const std::string& name, int fallback, int lowest, int highest) const;
  double number(const std::string& name, double fallback, double lowest) const;

 private:
  friend Arguments parse_arguments(const struct Command& command, const std::vector<std::string>& words);
  std::map<std::string, std::vector<std::string>> values_;
};

/// One command of the program.
struct Command {
  std::string name;
  std::vector<std::string> words;  ///< names of what follows, "STUDY"; "[STUDY]" may be left out
  std::string summary;
  std::vector<Option> options;
  std::vector<std::string> examples;
  std::function<int(const Arguments&)> run;  ///< returns the exit code
};

/// Throws Error(input) for an unknown option (with the nearest), a missing value or word, or one too many.
Arguments parse_arguments(const Command& command, const std::vector<std::string>& words);

/// The text of `mpq COMMAND --help`.
std::string help_text(const Command& command);

/// Options that several commands share.
Option store_option();
Option data_option();
Option json_option();

}  // namespace mpq::cli
