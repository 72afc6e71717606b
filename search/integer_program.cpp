#include "search/integer_program.h"

#include <coin/Cbc_C_Interface.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/error.h"

namespace mpq::search {
namespace {

using Model = std::unique_ptr<Cbc_Model, void (*)(Cbc_Model*)>;

// Objectives are scaled to this, so that sensitivities that lie decades apart are told apart by a solver whose
// tolerance is 1e-7.
constexpr double kLargestObjective = 1e6;

void check_objectives(const IntegerProgram& program) {
  for (std::size_t i = 0; i < program.sites.size(); ++i)
    for (const auto& choice : program.sites[i])
      if (!std::isfinite(choice.objective))
        throw_input({"the objective of a choice is not finite", "integer program, site " + std::to_string(i),
                     "finite sensitivities", "look at the stored sensitivities for NaN"});
}

bool fits(const IntegerProgram& program, const std::vector<std::size_t>& chosen) {
  for (std::size_t r = 0; r < program.limits.size(); ++r) {
    std::int64_t used = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) used += program.sites[i][chosen[i]].use[r];
    if (used > program.limits[r]) return false;
  }
  return true;
}

bool some_policy_fits(const IntegerProgram& program) {
  if (program.limits.size() > 1) return true;  // the solver decides
  std::vector<std::size_t> least;
  for (const auto& choices : program.sites)
    least.push_back(static_cast<std::size_t>(
        std::min_element(choices.begin(), choices.end(),
                         [](const auto& a, const auto& b) { return a.use < b.use; }) -
        choices.begin()));
  return fits(program, least);
}

// What a resource is counted in: the largest unit that all uses are whole multiples of.
std::int64_t unit_of(const IntegerProgram& program, std::size_t resource) {
  std::int64_t unit = 0;
  for (const auto& choices : program.sites)
    for (const auto& choice : choices) unit = std::gcd(unit, choice.use[resource]);
  return std::max<std::int64_t>(1, unit);
}

// Columns: one 0/1 variable per choice. Rows: one per site (sum = 1), one per resource. A resource is divided by
// `scale`, so that its limit is about 1; half a unit lies between what fits and what does not, which is more than the
// solver's tolerance (1e-7) as long as a limit has fewer than a few million units.
struct Columns {
  std::vector<int> start, row;
  std::vector<double> value, objective;
  std::vector<double> room;  ///< per resource
};

Columns make_columns(const IntegerProgram& program) {
  Columns c;
  std::vector<double> scale;
  for (std::size_t r = 0; r < program.limits.size(); ++r) {
    const auto unit = static_cast<double>(unit_of(program, r));
    const auto units = std::floor(static_cast<double>(program.limits[r]) / unit);
    scale.push_back(std::max(1.0, units) * unit);
    c.room.push_back((units + 0.5) / std::max(1.0, units));
  }
  double largest = 0;
  for (const auto& choices : program.sites)
    for (const auto& choice : choices) largest = std::max(largest, std::abs(choice.objective));
  const auto site_count = static_cast<int>(program.sites.size());
  for (int i = 0; i < site_count; ++i)
    for (const auto& choice : program.sites[static_cast<std::size_t>(i)]) {
      c.start.push_back(static_cast<int>(c.row.size()));
      c.row.push_back(i);
      c.value.push_back(1);
      for (std::size_t r = 0; r < program.limits.size(); ++r) {
        c.row.push_back(site_count + static_cast<int>(r));
        c.value.push_back(static_cast<double>(choice.use[r]) / scale[r]);
      }
      c.objective.push_back(largest > 0 ? kLargestObjective * choice.objective / largest : 0);
    }
  c.start.push_back(static_cast<int>(c.row.size()));
  return c;
}

std::vector<std::size_t> run_solver(const IntegerProgram& program, double limit_scale) {
  const auto columns = make_columns(program);
  const auto count = columns.objective.size();
  const auto site_count = program.sites.size();
  std::vector<double> lower(count, 0), upper(count, 1), row_lower(site_count, 1), row_upper(site_count, 1);
  for (std::size_t r = 0; r < program.limits.size(); ++r) {
    row_lower.push_back(-1e30);
    row_upper.push_back(columns.room[r] * limit_scale);
  }
  const Model model(Cbc_newModel(), &Cbc_deleteModel);
  Cbc_loadProblem(model.get(), static_cast<int>(count), static_cast<int>(row_upper.size()),
                  columns.start.data(), columns.row.data(), columns.value.data(), lower.data(), upper.data(),
                  columns.objective.data(), row_lower.data(), row_upper.data());
  for (std::size_t j = 0; j < count; ++j) Cbc_setInteger(model.get(), static_cast<int>(j));
  // A solution counts as better from any difference on: by default it must be better by 1e-5 (here of 1e6). Preprocessing of CBC
  // 2.10.8 cuts off the optimum of some small instances (the exhaustive test finds them).
  using Setting = std::pair<const char*, const char*>;
  for (const auto& [name, value] : {Setting{"logLevel", "0"},
                                    {"ratioGap", "0"},
                                    {"allowableGap", "0"},
                                    {"increment", "1e-9"},
                                    {"preprocess", "off"}})
    Cbc_setParameter(model.get(), name, value);
  Cbc_solve(model.get());
  if (Cbc_isProvenOptimal(model.get()) == 0) return {};
  const double* solution = Cbc_getColSolution(model.get());
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0, j = 0; i < site_count; j += program.sites[i++].size())
    chosen.push_back(static_cast<std::size_t>(
        std::max_element(solution + j, solution + j + program.sites[i].size()) - (solution + j)));
  return chosen;
}

}  // namespace

IntegerSolution solve(const IntegerProgram& program) {
  check_objectives(program);
  IntegerSolution result;
  if (!some_policy_fits(program)) return result;
  // The solver works in doubles with tolerances; a choice that is over by a rounding is excluded by a hair
  // less room.
  for (double limit_scale = 1; limit_scale > 1 - 1e-5; limit_scale -= 1e-6) {
    result.chosen = run_solver(program, limit_scale);
    if (result.chosen.empty()) return result;
    if (fits(program, result.chosen)) break;
  }
  if (!fits(program, result.chosen))
    throw Error(ErrorKind::case_failed,
                {"the solver's choices pass a limit by a rounding", "integer program",
                 "choices within the limits", "please report it with the stored sensitivities"});
  result.feasible = true;
  for (std::size_t i = 0; i < result.chosen.size(); ++i)
    result.objective += program.sites[i][result.chosen[i]].objective;
  return result;
}

}  // namespace mpq::search
