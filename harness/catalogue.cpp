#include "harness/catalogue.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"

namespace mpq::harness {
namespace {

constexpr int kFormat = 1;

std::vector<CatalogueItem> items_from(const Json& list) {
  std::vector<CatalogueItem> items;
  for (const auto& entry : list)
    items.push_back({entry.at("name"), entry.at("title"), entry.value("citation", ""), entry.at("revision"),
                     options_from_json(entry.at("options")), entry});
  return items;
}

}  // namespace

Catalogue::Catalogue(const Json& json)
    : methods_(items_from(json.at("methods"))),
      networks_(items_from(json.at("networks"))),
      datasets_(items_from(json.at("datasets"))),
      recipe_(options_from_json(json.at("recipe"))),
      conventions_(json.at("conventions").get<std::vector<std::string>>()),
      core_revision_(json.at("core_revision")),
      worker_sha256_(json.value("worker_sha256", "")) {}

Catalogue Catalogue::read(const std::string& path) {
  const ErrorParts broken{"the catalogue of methods is missing or not of this mpq", path,
                          "the file that the build writes beside the programs",
                          "build mpq again, or point MPQ_CATALOGUE at its catalogue.json"};
  if (!std::filesystem::is_regular_file(path)) throw_environment(broken);
  try {
    const auto json = parse_json(read_file(path), path);
    if (json.at("format") == kFormat) return Catalogue(json);
  } catch (const Json::exception&) {  // an entry is missing or of another type: told below
  } catch (const Error&) {
  }
  throw_environment(broken);
}

const CatalogueItem& find_item(const std::vector<CatalogueItem>& items, const std::string& kind,
                               const std::string& name, const std::string& where) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  if (found != items.end()) return *found;
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  throw_input({"unknown " + kind + " '" + name + "'", where, "one of: " + join(names),
               did_you_mean(name, names, "choose one of them")});
}

}  // namespace mpq::harness
