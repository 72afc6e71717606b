#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/collect.h"
#include "analysis/statistics.h"

namespace mpq::analysis {

/// One row of a table: a method under one budget on one network and data set, over all its seeds.
struct Row {
  std::string label, method, network, dataset, budget;
  bool is_float = false;
  std::vector<const CaseResult*> cases;  ///< by seed; into the StudyData that the row was made from

  /// The finished deployments: their widths may differ from seed to seed, so costs are means.
  std::vector<const Deployment*> deployments() const;
  std::optional<std::int64_t> requested_bitops() const;
  double achieved_bitops() const;     ///< mean; 0 if nothing is deployed
  double achieved_size_bits() const;  ///< mean; 0 if nothing is deployed
};

/// A row measured on one split.
struct Measured {
  const Row* row = nullptr;
  std::string split;
  std::vector<std::int64_t> seeds;  ///< those that were evaluated
  Metrics metrics;
  std::optional<PairedDifference> to_float;  ///< absent for the float row and where there is none
};

/// Two rows of one budget on the same images and seeds: `row` minus `reference`.
struct Comparison {
  const Row* row = nullptr;
  const Row* reference = nullptr;
  std::string split;
  std::vector<std::int64_t> seeds;  ///< common to both
  PairedDifference paired;
  std::string problem;  ///< why there is no number, or ""
};

/// Cases that differ in nothing but the seed: the float rows first, then by budget, then as in the plan.
std::vector<Row> make_rows(const StudyData& data);

/// Every row that has predictions, split by split. `problems` receives a sentence for each row whose
/// predictions do not fit together.
std::vector<Measured> measure_rows(const std::vector<Row>& rows, std::vector<std::string>& problems);

/// Every quantized row against the reference of its network, data set and budget: the row labelled
/// `reference_label`, or, if that is empty, the first that was evaluated.
std::vector<Comparison> compare_rows(const std::vector<Row>& rows, const std::string& reference_label);

/// The policies of one network and data set, row by row; seeds that arrived at the same widths share a line.
struct PolicyLine {
  const Row* row = nullptr;
  std::vector<std::int64_t> seeds;
  const Deployment* deployment = nullptr;
};
std::vector<PolicyLine> policy_lines(const std::vector<Row>& rows, const std::string& network,
                                     const std::string& dataset);

/// The splits that occur, "holdout" before "test".
std::vector<std::string> splits_of(const std::vector<Row>& rows);

}  // namespace mpq::analysis
