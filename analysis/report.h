#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/collect.h"
#include "analysis/costs.h"
#include "analysis/rows.h"
#include "results/store.h"

namespace mpq::analysis {

struct ReportOptions {
  std::string reference;  ///< label of the row that others are compared with; "" = the first of each budget
  std::string gnuplot = "gnuplot";  ///< program that draws; looked up in PATH
};

/// A printed number held against our interval (`mpq report --against`).
struct Claim {
  enum class Verdict { inside, outside, no_such_case, no_result };

  int line = 0;  ///< of the CSV file
  std::string network, dataset, method, budget, metric, printed, source;
  Verdict verdict = Verdict::no_such_case;
  std::string split;   ///< the split that ours was measured on
  std::string ours;    ///< our value with its interval, in the unit of the metric
  std::string reason;  ///< for no_such_case and no_result
};
const char* to_text(Claim::Verdict verdict);

/// Where and with what a group of stages was computed.
struct Machine {
  std::string cpu, instruction_set, libtorch, device, version, revision, build;
  bool dirty = false;
  std::int64_t threads = 0;
  int stages = 0;
  double wall_seconds = 0;
};

/// Looks at the official test part of one data set.
struct TestLooks {
  std::string dataset;
  std::int64_t in_study = 0;   ///< its evaluate stages with split "test", and its float gates
  std::int64_t in_store = -1;  ///< of the whole store, from its index; −1: no index
};

/// A study, computed. Rows point into `data`, so a report can be moved but not copied.
struct Report {
  Report() = default;
  Report(Report&&) = default;
  Report& operator=(Report&&) = default;

  StudyData data;
  Json settings = Json::object();  ///< what the plan says beyond defaults; empty in plans that do not say it
  std::vector<Row> rows;
  std::vector<Measured> measured;
  std::vector<Comparison> comparisons;
  std::vector<MethodCost> costs;
  std::vector<BreakEven> break_evens;
  std::vector<Machine> machines;
  std::vector<TestLooks> test_looks;
  std::vector<std::string> problems;  ///< things a reader has to know, a sentence each
  std::vector<Claim> claims;          ///< filled by compare_against
  std::string claims_file;
  ReportOptions options;
};

/// Reads the stages of `plan` and computes everything from their raw predictions and counters. Needs no
/// lock. Throws Error(input) for a plan that is none, or a reference that no row is labelled with.
Report make_report(const results::Store& store, const Json& plan, const ReportOptions& options = {});

/// Paths of what was written.
struct ReportFiles {
  std::string markdown, csv;
  std::vector<std::string> figures;
  std::string note;  ///< why there are no figures, or ""
};

/// Writes report.md, results.csv and figures/*.svg (each with the .gp script that draws it) into
/// `folder`, each file whole. Without a working gnuplot the tables are complete and say so.
ReportFiles write_report(const Report& report, const std::string& folder);

/// The tables of accuracy alone, for a terminal.
std::string results_text(const Report& report);
/// One line per case and split; fractions, exact integers. Columns: docs/results_format.md.
std::string results_csv(const Report& report);
/// What scripts want to know: rows with intervals, comparisons, costs, claims.
Json to_json(const Report& report);

}  // namespace mpq::analysis
