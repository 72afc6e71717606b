#include "core/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mpq {

Json to_json(const std::vector<OptionInfo>& options) {
  Json array = Json::array();
  for (const auto& o : options) {
    array.push_back({{"name", o.name},
                     {"type", o.type},
                     {"default", o.default_value},
                     {"help", o.help},
                     {"source", o.source},
                     {"choices", o.choices}});
    if (o.least) array.back()["least"] = *o.least;
    if (o.most) array.back()["most"] = *o.most;
  }
  return array;
}

std::vector<OptionInfo> options_from_json(const Json& array) {
  std::vector<OptionInfo> options;
  const auto limit = [](const Json& o, const char* key) {
    return o.contains(key) ? std::optional(o.at(key).get<double>()) : std::nullopt;
  };
  for (const auto& o : array)
    options.push_back({o.at("name"), o.at("type"), o.at("default"), o.at("help"), o.at("source"),
                       o.at("choices").get<std::vector<std::string>>(), limit(o, "least"), limit(o, "most")});
  return options;
}

namespace {

bool has_type(const Json& value, const std::string& type) {
  if (type == "bool") return value.is_boolean();
  if (type == "int") return value.is_number_integer();
  if (type == "float") return value.is_number();
  if (type == "string") return value.is_string();
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_number_integer(); });
}

std::string limits_text(const OptionInfo& option) {
  std::string text;
  if (option.least) text = fmt::format("at least {:g}", *option.least);
  if (option.most) text += fmt::format("{}at most {:g}", text.empty() ? "" : " and ", *option.most);
  return text;
}

void check_limits(const OptionInfo& option, const Json& value, const std::string& where) {
  if (!value.is_number()) return;
  const auto number = value.get<double>();
  if ((!option.least || number >= *option.least) && (!option.most || number <= *option.most)) return;
  throw_input({"'" + option.name + "' is " + value.dump(), where,
               limits_text(option) + " (default " + option.default_value.dump() + "): " + option.help,
               "write a value within these limits"});
}

}  // namespace

Json resolve_options(const std::vector<OptionInfo>& known, const Json& given, const std::string& where) {
  Json complete = Json::object();
  std::vector<std::string> names;
  for (const auto& option : known) {
    names.push_back(option.name);
    complete[option.name] = option.default_value;
  }
  if (given.is_null()) return complete;
  if (!given.is_object())
    throw_input(
        {"options must be a table, not " + given.dump(), where, "keys: " + join(names), "write key = value"});
  for (const auto& [key, value] : given.items()) {
    const auto option =
        std::find_if(known.begin(), known.end(), [&key = key](const auto& o) { return o.name == key; });
    if (option == known.end()) {
      throw_input({"unknown key '" + key + "'", where, names.empty() ? "no keys here" : join(names),
                   did_you_mean(key, names, "remove it")});
    }
    if (value.is_number_float() && !std::isfinite(value.get<double>()))
      throw_input({"'" + key + "' is not a finite number", where, option->type + ": " + option->help,
                   "write a number"});
    if (!has_type(value, option->type))
      throw_input({"'" + key + "' is " + value.dump() + ", not of type " + option->type, where,
                   option->type + " (default " + option->default_value.dump() + "): " + option->help,
                   "write a value of that type"});
    if (!option->choices.empty() && value.is_string()) {
      const auto text = value.get<std::string>();
      if (std::find(option->choices.begin(), option->choices.end(), text) == option->choices.end()) {
        throw_input({"'" + key + "' cannot be '" + text + "'", where, "one of: " + join(option->choices),
                     did_you_mean(text, option->choices, "choose one of them")});
      }
    }
    check_limits(*option, value, where);
    // 3 and 3.0 are one setting and must give one key.
    complete[key] = option->type == "float" ? Json(value.get<double>()) : value;
  }
  return complete;
}

}  // namespace mpq
