#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <sstream>

#include "core/error.h"

namespace po = boost::program_options;

namespace mpq::cli {
namespace {

constexpr const char* kWords = "words";

po::options_description describe(const Command& command) {
  po::options_description all("options", 100);
  for (const auto& option : command.options) {
    if (option.value.empty()) {
      all.add_options()(option.name.c_str(), option.help.c_str());
    } else {
      auto* value = po::value<std::vector<std::string>>()->value_name(option.value);
      all.add_options()(option.name.c_str(), value, option.help.c_str());
    }
  }
  all.add_options()("help,h", "this text");
  return all;
}

std::string place(const Command& command) { return "the command line of mpq " + command.name; }

std::string usage(const Command& command) {
  std::string text = "mpq " + command.name;
  for (const auto& word : command.words) text += " " + word;
  return text;
}

[[noreturn]] void refuse_option(const Command& command, const std::string& given) {
  std::vector<std::string> known = {"--help"};
  for (const auto& option : command.options)
    known.push_back("--" + option.name.substr(0, option.name.find(',')));
  std::sort(known.begin(), known.end());
  throw_input({"unknown option '" + given + "'", place(command), join(known),
               did_you_mean(given, known, "see mpq " + command.name + " --help")});
}

po::variables_map parse_with_boost(const Command& command, const std::vector<std::string>& words) {
  auto all = describe(command);
  all.add_options()(kWords, po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add(kWords, -1);
  namespace style = po::command_line_style;
  po::variables_map values;
  try {
    const auto parsed = po::command_line_parser(words)
                            .options(all)
                            .positional(positions)
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    po::store(parsed, values);
  } catch (const po::unknown_option& e) {
    refuse_option(command, e.get_option_name());
  } catch (const po::error& e) {
    throw_input({e.what(), place(command), "options as mpq " + command.name + " --help lists them",
                 "correct the command"});
  }
  return values;
}

void refuse_repeated(const Command& command, const std::string& name, const std::vector<std::string>& given) {
  const auto option = std::find_if(command.options.begin(), command.options.end(), [&](const Option& o) {
    return o.name.substr(0, o.name.find(',')) == name;
  });
  if (given.size() < 2 || option == command.options.end() || option->repeated) return;
  throw_input({"--" + name + " is given " + std::to_string(given.size()) + " times", place(command),
               "at most one", "keep one of them"});
}

}  // namespace

Arguments parse_arguments(const Command& command, const std::vector<std::string>& words) {
  Arguments arguments;
  std::vector<std::string> given;
  for (const auto& [name, value] : parse_with_boost(command, words)) {
    const auto* list = boost::any_cast<std::vector<std::string>>(&value.value());
    if (name == kWords)
      given = *list;
    else
      arguments.values_[name] = list ? *list : std::vector<std::string>{};
    if (list != nullptr) refuse_repeated(command, name, *list);
  }
  if (arguments.has("help")) return arguments;
  if (given.size() > command.words.size())
    throw_input({"'" + given[command.words.size()] + "' is one word too many", place(command), usage(command),
                 "remove it, or quote a word with blanks"});
  for (std::size_t i = 0; i < command.words.size(); ++i) {
    const auto& word = command.words[i];
    if (i < given.size())
      arguments.values_[word] = {given[i]};
    else if (!word.starts_with("["))
      throw_input(
          {word + " is missing", place(command), usage(command), "see mpq " + command.name + " --help"});
  }
  return arguments;
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? fallback : found->second.front();
}

std::vector<std::string> Arguments::texts(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

int Arguments::whole(const std::string& name, int fallback, int lowest, int highest) const {
  if (!has(name)) return fallback;
  const auto given = text(name);
  int value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error == std::errc() && end == given.data() + given.size() && value >= lowest && value <= highest)
    return value;
  throw_input({"--" + name + " is '" + given + "'", "the command line",
               fmt::format("a whole number from {} to {}", lowest, highest), "write a number in that range"});
}

double Arguments::number(const std::string& name, double fallback, double lowest) const {
  if (!has(name)) return fallback;
  std::istringstream given(text(name));
  double value = 0;
  if (given >> value && given.peek() == EOF && std::isfinite(value) && value >= lowest) return value;
  throw_input({"--" + name + " is '" + text(name) + "'", "the command line",
               fmt::format("a number, at least {}", lowest), "write a number in that range"});
}

std::string help_text(const Command& command) {
  std::ostringstream text;
  text << "usage: " << usage(command) << " [options]\n\n" << command.summary << "\n\n" << describe(command);
  if (!command.examples.empty()) text << "\nexamples:\n";
  for (const auto& example : command.examples) text << "  " << example << "\n";
  return text.str();
}

Option store_option() {
  return {"store", "DIR", "folder of finished stages (default: $MPQ_STORE, or ./store)"};
}
Option data_option() {
  return {"data", "DIR", "folder of the data sets (default: $MPQ_DATASETS, or ./data)"};
}
Option json_option() { return {"json", "", "print JSON for a program to read"}; }

}  // namespace mpq::cli
