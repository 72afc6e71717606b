// mpq export: the policy and the weights of one case as files that other programs read.

#include <iostream>

#include "cli/commands.h"
#include "cli/find_case.h"
#include "cli/places.h"
#include "core/error.h"
#include "core/file.h"
#include "harness/ask_worker.h"
#include "harness/installation.h"

namespace mpq::cli {
namespace {

/// What read_policy_file reads (docs/results_format.md), and what a reader may want to know beside it.
Json policy_file(const results::CaseRow& row, const results::StageRecord& deployed) {
  const auto policy = deployed.summary.value("policy", Json::object());
  if (policy.value("sites", Json::array()).empty())
    throw_input({"the case has no policy", "case " + row.id, "a case with a quantized network that is done",
                 "choose another case: `mpq run STUDY --dry-run` lists them"});
  return {{"format", "mpq-policy"},
          {"version", 1},
          {"network", deployed.settings.at("network").at("name")},
          {"dataset", deployed.settings.at("dataset").at("name")},
          {"sites", policy.at("sites")},
          {"weight_bits", policy.at("weight_bits")},
          {"act_bits", policy.at("act_bits")},
          {"cost", deployed.summary.at("cost")},
          {"study", row.study},
          {"case", row.id},
          {"stage", row.deploy_key}};
}

void export_weights(const results::Store& store, const results::CaseRow& row, const std::string& path) {
  const Json request = {{"store", store.folder()},
                        {"key", row.deploy_key},
                        {"out", path},
                        {"metadata", {{"study", row.study}, {"case", row.id}}}};
  harness::ask_worker(harness::Installation::find().worker, "--export", request, "the weights of " + row.id);
}

int export_case(const Arguments& arguments) {
  if (!arguments.has("policy") && !arguments.has("weights"))
    throw_input({"nothing is to be written", "the command line", "--policy FILE, --weights FILE or both",
                 "add one of them"});
  const auto [store, row] = named_case(arguments);
  if (!store.finished(row.deploy_key))
    throw_input({"case '" + row.id + "' is not done", store.folder(), "a finished case",
                 "run its study first: mpq run " + row.study});
  if (arguments.has("policy")) {
    const auto deployed = results::read_stage_file(store.stage_path(row.deploy_key), "none");
    write_whole(arguments.text("policy"), policy_file(row, deployed).dump(1) + "\n");
    std::cout << arguments.text("policy") << ": the policy\n";
  }
  if (arguments.has("weights")) {
    export_weights(store, row, arguments.text("weights"));
    std::cout << arguments.text("weights") << ": the weights\n";
  }
  return 0;
}

}  // namespace

Command export_command() {
  return {"export",
          {"CASE"},
          "write the policy of a case as JSON, or its weights as .safetensors",
          {{"policy", "FILE", "widths of every site, which a study takes back with policy = \"FILE\""},
           {"weights", "FILE", "weights, steps and norms, of a float network as `checkpoint` reads them"},
           {"study", "STUDY", "where several studies have a case of this name"},
           store_option()},
          {"mpq export lsq/resnet20/cifar10/w3a3/seed=1 --policy policy.json --weights net.safetensors"},
          export_case};
}

}  // namespace mpq::cli
