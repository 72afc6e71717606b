#include "analysis/rows.h"

#include <algorithm>
#include <set>

#include "core/error.h"

namespace mpq::analysis {
namespace {

template <class Value>
double mean_of(const std::vector<const Deployment*>& deployments, Value Deployment::*member) {
  double sum = 0;
  for (const auto* d : deployments) sum += static_cast<double>(d->*member);
  return deployments.empty() ? 0 : sum / static_cast<double>(deployments.size());
}

bool same_place(const Row& a, const Row& b) { return a.network == b.network && a.dataset == b.dataset; }

const Predictions* predictions_of(const CaseResult& one, const std::string& split) {
  const auto found = one.predictions.find(split);
  return found == one.predictions.end() ? nullptr : &found->second;
}

// One float network may stand in the plan once per seed; it is still one network.
bool repeats_the_float_network(const Row& row, const CaseResult& one,
                               const std::vector<const CaseResult*>& taken) {
  return row.is_float && std::any_of(taken.begin(), taken.end(),
                                     [&](const auto* other) { return other->float_key == one.float_key; });
}

std::vector<const CaseResult*> evaluated(const Row& row, const std::string& split) {
  std::vector<const CaseResult*> cases;
  for (const auto* one : row.cases)
    if (predictions_of(*one, split) && !repeats_the_float_network(row, *one, cases)) cases.push_back(one);
  return cases;
}

// The float network that `one` started from, else any of the same place.
const CaseResult* float_of(const CaseResult& one, const std::vector<Row>& rows, const Row& row,
                           const std::string& split) {
  const CaseResult* any = nullptr;
  for (const auto& other : rows) {
    if (!other.is_float || !same_place(other, row)) continue;
    for (const auto* candidate : evaluated(other, split)) {
      if (candidate->float_key == one.float_key) return candidate;
      if (!any) any = candidate;
    }
  }
  return any;
}

std::vector<std::int64_t> seeds_of(const std::vector<const CaseResult*>& cases) {
  std::vector<std::int64_t> seeds;
  for (const auto* one : cases) seeds.push_back(one->seed);
  return seeds;
}

std::vector<const Predictions*> all_predictions(const std::vector<const CaseResult*>& cases,
                                                const std::string& split) {
  std::vector<const Predictions*> all;
  for (const auto* one : cases) all.push_back(predictions_of(*one, split));
  return all;
}

std::string place_of(const Row& row, const std::string& split) {
  return row.label + " at " + row.budget + " on " + row.network + "/" + row.dataset + ", split " + split;
}

std::optional<PairedDifference> difference_to_float(const std::vector<const CaseResult*>& cases,
                                                    const std::vector<Row>& rows, const Row& row,
                                                    const std::string& split) {
  if (row.is_float) return std::nullopt;
  std::vector<const Predictions*> floats;
  for (const auto* one : cases)
    if (const auto* float_case = float_of(*one, rows, row, split))
      floats.push_back(predictions_of(*float_case, split));
  if (floats.size() != cases.size()) return std::nullopt;
  return paired_difference(all_predictions(cases, split), floats, place_of(row, split) + " against float");
}

Comparison compare(const Row& row, const Row& reference, const std::string& split) {
  Comparison comparison{&row, &reference, split, {}, {}, ""};
  std::vector<const Predictions*> a, b;
  for (const auto* one : evaluated(row, split))
    for (const auto* other : evaluated(reference, split))
      if (one->seed == other->seed) {
        comparison.seeds.push_back(one->seed);
        a.push_back(predictions_of(*one, split));
        b.push_back(predictions_of(*other, split));
      }
  try {
    if (a.empty())
      comparison.problem = "no seed was evaluated for both";
    else
      comparison.paired = paired_difference(a, b, place_of(row, split) + " against " + reference.label);
  } catch (const Error& e) {
    comparison.problem = e.parts().what;
  }
  return comparison;
}

const Row* reference_of(const Row& row, const std::vector<Row>& rows, const std::string& split,
                        const std::string& label) {
  for (const auto& other : rows) {
    if (other.is_float || !same_place(other, row) || other.budget != row.budget) continue;
    if (label.empty() ? !evaluated(other, split).empty() : other.label == label) return &other;
  }
  return nullptr;
}

}  // namespace

std::vector<const Deployment*> Row::deployments() const {
  std::vector<const Deployment*> all;
  for (const auto* one : cases)
    if (one->deployment) all.push_back(&*one->deployment);
  return all;
}

std::optional<std::int64_t> Row::requested_bitops() const { return cases.front()->requested_bitops; }
double Row::achieved_bitops() const { return mean_of(deployments(), &Deployment::achieved_bitops); }
double Row::achieved_size_bits() const { return mean_of(deployments(), &Deployment::achieved_size_bits); }

std::vector<Row> make_rows(const StudyData& data) {
  std::vector<Row> rows;
  for (const auto& one : data.cases) {
    const auto same = [&](const Row& row) {
      return row.label == one.label && row.method == one.method && row.network == one.network &&
             row.dataset == one.dataset && row.budget == one.budget;
    };
    auto row = std::find_if(rows.begin(), rows.end(), same);
    if (row == rows.end()) {
      rows.push_back({one.label, one.method, one.network, one.dataset, one.budget, !one.has_budget(), {}});
      row = rows.end() - 1;
    }
    row->cases.push_back(&one);
  }
  // Rows that compete stand together: float first, then budget by budget, each in the order of the plan.
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(!a.is_float, a.requested_bitops().value_or(0)) <
           std::pair(!b.is_float, b.requested_bitops().value_or(0));
  });
  return rows;
}

std::vector<PolicyLine> policy_lines(const std::vector<Row>& rows, const std::string& network,
                                     const std::string& dataset) {
  std::vector<PolicyLine> lines;
  for (const auto& row : rows) {
    if (row.is_float || row.network != network || row.dataset != dataset) continue;
    for (const auto* one : row.cases) {
      if (!one->deployment || one->deployment->layers.empty()) continue;
      const auto& d = *one->deployment;
      const auto same = [&](const PolicyLine& line) {
        return line.row == &row && line.deployment->weight_bits == d.weight_bits &&
               line.deployment->act_bits == d.act_bits;
      };
      auto line = std::find_if(lines.begin(), lines.end(), same);
      if (line == lines.end()) line = lines.insert(lines.end(), {&row, {}, &d});
      line->seeds.push_back(one->seed);
    }
  }
  return lines;
}

std::vector<std::string> splits_of(const std::vector<Row>& rows) {
  std::set<std::string> splits;
  for (const auto& row : rows)
    for (const auto* one : row.cases)
      for (const auto& [split, predictions] : one->predictions) splits.insert(split);
  return {splits.begin(), splits.end()};
}

std::vector<Measured> measure_rows(const std::vector<Row>& rows, std::vector<std::string>& problems) {
  std::vector<Measured> all;
  for (const auto& split : splits_of(rows))
    for (const auto& row : rows) {
      const auto cases = evaluated(row, split);
      if (cases.empty()) continue;
      try {
        const auto predictions = all_predictions(cases, split);
        for (const auto* one : predictions)
          require_same_images(*one, *predictions.front(), place_of(row, split));
        all.push_back({&row, split, seeds_of(cases), measure(predictions), std::nullopt});
        all.back().to_float = difference_to_float(cases, rows, row, split);
      } catch (const Error& e) {
        problems.push_back(e.parts().where + ": " + e.parts().what);
      }
    }
  return all;
}

std::vector<Comparison> compare_rows(const std::vector<Row>& rows, const std::string& reference_label) {
  std::vector<Comparison> all;
  for (const auto& split : splits_of(rows))
    for (const auto& row : rows) {
      if (row.is_float || evaluated(row, split).empty()) continue;
      const auto* reference = reference_of(row, rows, split, reference_label);
      if (reference && reference != &row) all.push_back(compare(row, *reference, split));
    }
  return all;
}

}  // namespace mpq::analysis
