#include "harness/study_budgets.h"

#include <algorithm>
#include <regex>

#include "core/error.h"

namespace mpq::harness {
namespace {

const std::vector<std::int64_t> kDefaultCandidates = {6, 5, 4, 3, 2};

BudgetRequest read_budget(const Json& given, const std::string& where,
                          const std::vector<std::int64_t>& candidates) {
  static const std::regex kUniform("w([2-8])a([2-8])");
  const auto is_candidate = [&](int bits) {
    return std::find(candidates.begin(), candidates.end(), bits) != candidates.end();
  };
  if (given.is_number_integer() && given.get<std::int64_t>() > 0)
    return {given.dump(), {}, given.get<std::int64_t>(), where};
  const auto text = given.is_string() ? given.get<std::string>() : "";
  std::smatch match;
  if (std::regex_match(text, match, kUniform)) {
    const std::pair bits{std::stoi(match[1]), std::stoi(match[2])};
    if (is_candidate(bits.first) && is_candidate(bits.second)) return {text, bits, 0, where};
  }
  throw_input({"budget " + given.dump() + " is not understood", where,
               "\"wXaY\" with X and Y from the candidates " + Json(candidates).dump() +
                   ", or BitOPs of one image as a whole number",
               "write \"w" + std::to_string(candidates.back()) + "a" + std::to_string(candidates.back()) +
                   "\", or add the width to candidates"});
}

}  // namespace

std::vector<std::int64_t> read_candidates(const Section& study) {
  auto candidates = study.wholes("candidates", kDefaultCandidates, 2, 8);
  if (!std::is_sorted(candidates.rbegin(), candidates.rend())) {
    const auto given = Json(candidates).dump();
    std::sort(candidates.rbegin(), candidates.rend());
    study.refuse("candidates", "candidates are not descending: " + given,
                 "different widths from 8 to 2, the widest first", "write " + Json(candidates).dump());
  }
  return candidates;
}

std::vector<BudgetRequest> read_budgets(const Section& section, const std::vector<std::int64_t>& candidates) {
  const Json& given = section.value("budgets");
  if (!given.is_array() || given.empty())
    section.refuse("budgets", "'budgets' is " + given.dump(), "a list like [\"w3a3\", 389324800]",
                   "write a list");
  std::vector<BudgetRequest> budgets;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto where = section.file().where(section.pointer("budgets") + "/" + std::to_string(i));
    budgets.push_back(read_budget(given[i], where, candidates));
  }
  return budgets;
}

}  // namespace mpq::harness
