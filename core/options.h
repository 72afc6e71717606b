#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace mpq {

/// One option of a method, network, data set or recipe, as data: what `mpq list --long` prints,
/// what the catalogue stores, and what a study is checked against.
struct OptionInfo {
  std::string name;
  std::string type;  ///< "bool", "int", "float", "string", "int list"
  Json default_value;
  std::string help;
  std::string source;                           ///< paper section or "this project"
  std::vector<std::string> choices;             ///< allowed strings; empty: any
  std::optional<double> least = {}, most = {};  ///< allowed numbers, ends included; empty: any
};

/// Limits of a number, where an options struct lists its fields.
struct Within {
  std::optional<double> least, most;
  Within(double at_least, double at_most) : least(at_least), most(at_most) {}

 protected:
  explicit Within(double at_least) : least(at_least) {}
};
struct AtLeast : Within {
  explicit AtLeast(double bound) : Within(bound) {}
};

Json to_json(const std::vector<OptionInfo>& options);
std::vector<OptionInfo> options_from_json(const Json& array);

/// Completes `given` with defaults. Throws Error(input) for an unknown key (with the nearest
/// known one), a wrong type, a string outside `choices` or a number outside its limits; `where` names the
/// place, e.g. "quick.toml:12, method[1].options".
Json resolve_options(const std::vector<OptionInfo>& known, const Json& given, const std::string& where);

// An options struct has plain members with defaults and one function that lists them:
//
//   struct LsqOptions {
//     double gradient_clip = 0;
//     template <class Visitor> void fields(Visitor& f) {
//       f("gradient_clip", gradient_clip, "largest gradient value, 0 = off", "this project", AtLeast(0));
//     }
//   };
//
// From it come the catalogue, parsing with "did you mean", and the canonical dump.

namespace detail {

template <class T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, bool>)
    return "bool";
  else if constexpr (std::is_integral_v<T>)
    return "int";
  else if constexpr (std::is_floating_point_v<T>)
    return "float";
  else if constexpr (std::is_same_v<T, std::string>)
    return "string";
  else {
    static_assert(std::is_same_v<T, std::vector<int>>, "options are of these types");
    return "int list";
  }
}

struct Describe {
  std::vector<OptionInfo> options;
  template <class T>
  void operator()(const char* name, T& member, const char* help, const char* source = "this project",
                  std::vector<std::string> choices = {}) {
    options.push_back({name, type_name<T>(), Json(member), help, source, std::move(choices), {}, {}});
  }
  template <class T>
  void operator()(const char* name, T& member, const char* help, const char* source, Within limits) {
    options.push_back({name, type_name<T>(), Json(member), help, source, {}, limits.least, limits.most});
  }
};

/// Whether an integer, or every integer of a list, is a value of the member's type.
template <class T>
bool fits(const Json& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_floating_point_v<T> || std::is_same_v<T, std::string>) {
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    return value.is_number_unsigned() ? std::in_range<T>(value.get<std::uint64_t>())
                                      : std::in_range<T>(value.get<std::int64_t>());
  } else {
    for (const auto& item : value)
      if (!fits<typename T::value_type>(item)) return false;
    return true;
  }
}

struct Assign {
  const Json& values;
  const std::string& where;
  template <class T>
  void operator()(const char* name, T& member, const char* help, const char* source, Within) {
    (*this)(name, member, help, source);
  }
  template <class T>
  void operator()(const char* name, T& member, const char* help, const char* = "",
                  std::vector<std::string> = {}) {
    const Json& value = values.at(name);
    if (!fits<T>(value))
      throw_input({"'" + std::string(name) + "' is " + value.dump() + ", outside the range of its type",
                   where, std::string(type_name<T>()) + ": " + help, "write a value within the range"});
    member = value.get<T>();
  }
};

}  // namespace detail

template <class Options>
std::vector<OptionInfo> describe_options() {
  Options defaults;
  detail::Describe visitor;
  defaults.fields(visitor);
  return visitor.options;
}

/// Throws like resolve_options.
template <class Options>
Options parse_options(const Json& given, const std::string& where) {
  const Json complete = resolve_options(describe_options<Options>(), given, where);
  Options options;
  detail::Assign visitor{complete, where};
  options.fields(visitor);
  return options;
}

}  // namespace mpq
