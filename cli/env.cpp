// mpq env: what a bug report or a methods section needs to know about this installation.

#include <sched.h>
#include <sys/utsname.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/places.h"
#include "core/build_info.h"
#include "core/error.h"
#include "core/hash.h"
#include "datasets/registry.h"
#include "harness/catalogue.h"
#include "harness/installation.h"
#include "harness/process.h"

namespace fs = std::filesystem;

namespace mpq::cli {
namespace {

/// The value behind "NAME : value" of a /proc file.
std::string proc_value(const std::string& file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    const auto start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "unknown";
}

Json machine() {
  utsname system{};
  ::uname(&system);
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  return {{"cpu", proc_value("/proc/cpuinfo", "model name")},
          {"cores", CPU_COUNT(&allowed)},
          {"memory", proc_value("/proc/meminfo", "MemTotal")},
          {"system", std::string(system.sysname) + " " + system.release}};
}

Json worker_state(const harness::Installation& installation) {
  Json state = {{"worker", installation.worker}, {"catalogue", installation.catalogue}};
  try {
    const auto catalogue = harness::Catalogue::read(installation.catalogue);
    const bool same =
        fs::exists(installation.worker) && sha256_file(installation.worker) == catalogue.worker_sha256();
    state["state"] =
        same ? "worker and catalogue belong together" : "the worker is missing or of another build";
    state["core_revision"] = catalogue.core_revision();
    if (!same) return state;
    // LibTorch and the instruction set in use; takes as long as LibTorch takes to load.
    const auto answer =
        Json::parse(harness::run_program({installation.worker, "--environment"}, "").output, nullptr, false);
    if (answer.is_object()) state["environment"] = answer;
  } catch (const Error& e) {
    state["state"] = e.parts().what;
  }
  return state;
}

Json data_state(const std::string& folder) {
  Json state = Json::object();
  for (const auto& [name, entry] : datasets::registry().all()) {
    const auto needed = entry.folder(resolve_options(entry.info.options, Json::object(), "defaults"));
    state[name] = entry.made_from_formula()                     ? "made from a formula"
                  : needed.empty()                              ? "any folder that a study names"
                  : fs::is_directory(fs::path(folder) / needed) ? "present"
                                                                : "missing " + needed;
  }
  return state;
}

int env(const Arguments& arguments) {
  const Json all = {
      {"build", build_info()},
      {"machine", machine()},
      {"programs", worker_state(harness::Installation::find())},
      {"store", store_folder(arguments)},
      {"data", {{"folder", data_folder(arguments)}, {"sets", data_state(data_folder(arguments))}}}};
  if (arguments.has("json")) {
    std::cout << text_of(all, 2) << "\n";
    return 0;
  }
  const Json flat = all.flatten();
  for (const auto& [path, value] : flat.items())
    std::cout << path.substr(1) << ": " << (value.is_string() ? value.get<std::string>() : text_of(value))
              << "\n";
  return 0;
}

}  // namespace

Command env_command() {
  return {"env",
          {},
          "versions, machine, programs and folders, for a bug report or a methods section",
          {store_option(), data_option(), json_option()},
          {"mpq env", "mpq env --json"},
          env};
}

}  // namespace mpq::cli
