#include "core/json.h"

#include <stdexcept>

#include "core/error.h"

namespace mpq {

std::string canonical(const Json& value) { return value.dump(); }

std::string text_of(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json parse_json(const std::string& text, const std::string& where) {
  constexpr int kMaxDepth = 64;
  try {
    return Json::parse(text, [](int depth, Json::parse_event_t event, Json&) {
      const bool opens =
          event == Json::parse_event_t::array_start || event == Json::parse_event_t::object_start;
      if (opens && depth >= kMaxDepth)
        throw std::length_error("nesting");  // depth: containers around this one
      return true;
    });
  } catch (const std::length_error&) {
    throw_input({"JSON nested deeper than " + std::to_string(kMaxDepth), where, "a flat description",
                 "make the file again"});
  } catch (const Json::exception& e) {
    throw_input(
        {std::string("not valid JSON: ") + e.what(), where, "a JSON document", "make the file again"});
  }
}

}  // namespace mpq
