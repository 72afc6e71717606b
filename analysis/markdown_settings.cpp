#include <fmt/format.h>

#include "analysis/markdown.h"

namespace mpq::analysis {
namespace {

std::string in_words(const Json& options) {
  std::string text;
  for (const auto& [name, value] : options.items())
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, text_of(value));
  return text.empty() ? "defaults" : "`" + text + "`";
}

// A plan is a file: what has another type than ours counts as not said.
Json part(const Json& from, const std::string& key, const Json& absent) {
  if (!from.is_object() || !from.contains(key) || from.at(key).type() != absent.type()) return absent;
  return from.at(key);
}

std::string line(const std::string& kind, const Json& choice) {
  const auto text = [&](const char* key) { return part(choice, key, "").get<std::string>(); };
  auto all = fmt::format("- {} {}{}: {}", kind, text("label"),
                         text("label") == text("name") ? "" : " (`" + text("name") + "`)",
                         in_words(part(choice, "options", Json::object())));
  if (!text("checkpoint").empty()) all += ", from the weights " + text("checkpoint");
  if (choice.contains("recipe")) all += "; recipe: " + in_words(part(choice, "recipe", Json::object()));
  return all + "\n";
}

}  // namespace

std::string settings_section(const Report& report) {
  if (report.settings.empty()) return "";
  std::string text = "\n## Settings\n\nWhat differs from the defaults (`mpq list … --long`).\n\n";
  const std::pair<const char*, const char*> kinds[] = {{"networks", "Network"}, {"datasets", "Data set"}};
  for (const auto& [key, kind] : kinds)
    for (const auto& choice : part(report.settings, key, Json::array())) text += line(kind, choice);
  text += "- Training of the float network: " + in_words(part(report.settings, "pretrain", Json::object())) +
          "\n";
  for (const auto& choice : part(report.settings, "methods", Json::array())) text += line("Row", choice);
  return text;
}

}  // namespace mpq::analysis
