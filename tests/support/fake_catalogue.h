#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/options.h"
#include "datasets/registry.h"

namespace mpq::testing {

/// MACs of the four layers of every fake network; the two in the middle are searched.
inline constexpr std::int64_t kFakeMacs[] = {442368, 2359296, 2359296, 640};

inline constexpr std::int64_t kFakeAllMacs = kFakeMacs[0] + kFakeMacs[1] + kFakeMacs[2] + kFakeMacs[3];

/// BitOPs at uniform widths, ends at 8×8: 64·443,008 + w·a·4,718,592.
inline std::int64_t fake_bitops(int weight_bits, int act_bits) {
  return 64 * (kFakeMacs[0] + kFakeMacs[3]) +
         std::int64_t{weight_bits} * act_bits * (kFakeMacs[1] + kFakeMacs[2]);
}

/// What a worker answers to --inspect.
inline Json fake_facts(const std::vector<int>& candidates) {
  Json uniform, reachable;
  for (const std::string convention : {"ends_8x8", "searched_only"}) {
    for (const int w : candidates)
      for (const int a : candidates)
        uniform[convention]["w" + std::to_string(w) + "a" + std::to_string(a)] = fake_bitops(w, a);
    reachable[convention] = {fake_bitops(candidates.back(), candidates.back()),
                             fake_bitops(candidates.front(), candidates.front())};
  }
  const Json sites = {{{"name", "layer1.0.conv1"}}, {{"name", "layer1.0.conv2"}}};
  return {{"sites", sites},          {"parameters", 78042}, {"macs", kFakeAllMacs},
          {"layer_outputs", 100000}, {"uniform", uniform},  {"reachable", reachable}};
}

namespace detail {

inline Json fake_option(const std::string& name, const std::string& type, const Json& value,
                        std::vector<std::string> choices = {}) {
  return to_json(
      {OptionInfo{name, type, value, "an option of the fake worker", "this test", std::move(choices)}})[0];
}

inline Json fake_method(const std::string& name, const std::string& title, const std::string& family,
                        bool quantizes, const Json& options = Json::array()) {
  return {{"name", name},
          {"title", title},
          {"family", family},
          {"citation", "A. Author, 2024"},
          {"revision", 1},
          {"summary", "fake " + title},
          {"needs", {{"budget", quantizes}, {"training", quantizes}}},
          {"options", options}};
}

inline Json with_deploy_options(Json method, const std::vector<std::string>& names) {
  method["options_of_deploy"] = names;
  return method;
}

inline Json fake_network(const std::string& name) {
  return {{"name", name},
          {"title", name},
          {"citation", "B. Author, 2016"},
          {"revision", 1},
          {"options", Json::array({fake_option("width", "int", 16)})}};
}

}  // namespace detail

/// A catalogue as `mpq-worker --describe` would write it; the data sets are the real ones.
inline Json fake_catalogue(const std::string& worker_sha256) {
  using namespace detail;
  Json datasets = Json::array();
  for (const auto& [name, entry] : datasets::registry().all())
    datasets.push_back({{"name", name},
                        {"title", entry.info.title},
                        {"citation", entry.info.citation},
                        {"revision", entry.info.revision},
                        {"classes", entry.info.classes},
                        {"folder", entry.info.folder},
                        {"channels", entry.info.channels},
                        {"height", entry.info.height},
                        {"width", entry.info.width},
                        {"options", to_json(entry.info.options)}});
  return {
      {"format", 1},
      {"core_revision", 1},
      {"worker_sha256", worker_sha256},
      {"methods",
       {fake_method("float", "Float", "float", false),
        fake_method("hawq", "HAWQ", "search_retrain", true, Json::array({fake_option("probes", "int", 50)})),
        fake_method("lsq", "LSQ", "fixed", true,
                    Json::array({fake_option("gradient_scale", "bool", true),
                                 fake_option("weight_bits", "int list", Json::array()),
                                 fake_option("act_bits", "int list", Json::array())})),
        with_deploy_options(
            fake_method("rfquant", "RFQuant", "one_shot", true,
                        Json::array({fake_option("random_passes", "int", 3),
                                     fake_option("search", "string", "greedy", {"greedy", "random"})})),
            {"search"})}},
      {"networks", {fake_network("resnet8"), fake_network("resnet20")}},
      {"datasets", datasets},
      {"recipe",
       {fake_option("epochs", "int", 10), fake_option("lr", "float", 0.1),
        fake_option("schedule", "string", "step", {"step", "epoch"})}},
      {"conventions", {"ends_8x8", "searched_only"}}};
}

}  // namespace mpq::testing
