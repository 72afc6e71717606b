// mpq report: tables and figures of a study, computed from stored raw predictions. Takes no lock.

#include "analysis/report.h"

#include <iostream>

#include "analysis/against.h"
#include "cli/commands.h"
#include "cli/places.h"
#include "cli/study_report.h"
#include "cli/text_table.h"
#include "core/error.h"
#include "core/file.h"

namespace mpq::cli {
namespace {

constexpr std::size_t kMaxCsvBytes = std::size_t{16} << 20;

void print_claims(const analysis::Report& report) {
  TextTable table(
      {"line", "network", "data set", "method", "budget", "metric", ">printed", ">ours", "split", "verdict"});
  for (const auto& claim : report.claims) {
    auto verdict = std::string(analysis::to_text(claim.verdict));
    if (!claim.reason.empty()) verdict += ": " + claim.reason;
    table.add({std::to_string(claim.line), claim.network, claim.dataset, claim.method, claim.budget,
               claim.metric, claim.printed, claim.ours, claim.split, verdict});
  }
  std::cout << "\n" << report.claims_file << " against this study\n" << table.text();
}

int report(const Arguments& arguments) {
  const auto store = existing_store(arguments);
  const auto index = existing_index(store);
  if (!index)
    throw_input(
        {"no study has run in this store", store.folder(), "a store with a study", "run a study first"});
  const auto study = stored_study(*index, arguments.text("STUDY"));
  const auto plan = store.read_study(study);
  if (!plan)
    throw_input({"the plan of study '" + study + "' is gone", store.folder() + "/studies", study + ".h5",
                 "run the study again, or mpq index --rebuild"});

  analysis::ReportOptions options;
  options.reference = arguments.text("reference");
  auto made = analysis::make_report(store, *plan, options);
  if (arguments.has("against")) {
    const auto csv = arguments.text("against");
    analysis::compare_against(made, read_file(csv, kMaxCsvBytes), csv);
  }
  if (!arguments.has("out")) forget_report(store, study);
  const auto files = analysis::write_report(made, arguments.text("out", report_folder(store, study)));
  if (arguments.has("json")) {
    std::cout << text_of(analysis::to_json(made), 2) << "\n";
  } else {
    std::cout << analysis::results_text(made);
    if (arguments.has("against")) print_claims(made);
  }
  if (!files.note.empty()) std::cerr << files.note << "\n";
  std::cerr << "report: " << files.markdown << "\n";
  return 0;
}

}  // namespace

Command report_command() {
  return {
      "report",
      {"STUDY"},
      "tables and figures of a study from stored predictions, against printed numbers if given",
      {{"against", "CSV", "printed numbers: network,dataset,method,budget,metric,value[,source]"},
       {"reference", "LABEL", "the row that others are compared with (default: the first of each budget)"},
       {"out", "DIR", "where to write (default: STORE/reports/STUDY)"},
       store_option(),
       json_option()},
      {"mpq report quick", "mpq report quick --against published.csv --out docs/results/quick"},
      report};
}

}  // namespace mpq::cli
