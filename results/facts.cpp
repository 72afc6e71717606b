#include "results/facts.h"

#include <algorithm>

namespace mpq::results {

const Json& fact(const Json& object, const std::string& path) {
  static const Json kNull;
  const Json* at = &object;
  if (path.empty()) return object;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (!at->is_object()) return kNull;
    const auto found = at->find(path.substr(begin, end - begin));
    if (found == at->end()) return kNull;
    at = &*found;
    begin = end + 1;
  }
  return *at;
}

std::string text_fact(const Json& object, const std::string& path) {
  const auto& value = fact(object, path);
  return value.is_string() ? value.get<std::string>() : "";
}

std::optional<std::int64_t> integer_fact(const Json& object, const std::string& path) {
  const auto& value = fact(object, path);
  return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

std::optional<double> number_fact(const Json& object, const std::string& path) {
  const auto& value = fact(object, path);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<bool> bool_fact(const Json& object, const std::string& path) {
  const auto& value = fact(object, path);
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

const Json& build_fact(const Json& environment, const std::string& name) {
  const auto& nested = fact(environment, "build/" + name);
  return nested.is_null() ? fact(environment, name) : nested;
}

}  // namespace mpq::results
