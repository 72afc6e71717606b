#include "harness/network_facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "harness/ask_worker.h"
#include "harness/cache.h"

namespace mpq::harness {
namespace {

Json facts_of(const std::string& worker, const Json& request) {
  const auto about = "sites and costs of " + request.at("network").dump();
  auto answer = Json::parse(ask_worker(worker, "--inspect", request, about), nullptr, false);
  if (answer.is_object() && answer.contains("uniform") && answer.contains("reachable")) return answer;
  throw Error(ErrorKind::bug, {"the worker could not describe the network", worker + " --inspect", about,
                               "please report it with this message"});
}

}  // namespace

std::int64_t NetworkFacts::uniform_bitops(const std::string& convention, std::pair<int, int> bits) const {
  const auto name = fmt::format("w{}a{}", bits.first, bits.second);
  const auto& costs = answer_.at("uniform");
  require(costs.contains(convention) && costs.at(convention).contains(name),
          "the worker lists no cost of " + name + " under " + convention);
  return costs.at(convention).at(name);
}

std::pair<std::int64_t, std::int64_t> NetworkFacts::reachable_bitops(const std::string& convention) const {
  const auto& intervals = answer_.at("reachable");
  require(intervals.contains(convention) && intervals.at(convention).size() == 2,
          "the worker lists no reachable costs under " + convention);
  return {intervals.at(convention).at(0), intervals.at(convention).at(1)};
}

NetworkFacts inspect_network(const std::string& worker, const std::string& worker_sha256,
                             const std::string& cache_folder, const Choice& network, const Json& shape,
                             const std::vector<std::int64_t>& candidates) {
  Json request = {{"network", network.settings()}, {"dataset", shape}, {"candidates", candidates}};
  if (const auto& file = network.checkpoint; file && file->is_here())
    request["checkpoint"] = {{"path", file->path},
                             {"sha256", file->sha256},
                             {"new_head", network.new_head},
                             {"dictionary", network.dictionary}};
  const Json identity = {{"worker", worker_sha256}, {"request", request}};
  return NetworkFacts(
      remembered(cache_folder, "inspect", identity, [&] { return facts_of(worker, request); }));
}

std::int64_t resolve_budget(const BudgetRequest& budget, const NetworkFacts& facts,
                            const std::string& convention, const std::string& network) {
  if (budget.bits) return facts.uniform_bitops(convention, *budget.bits);
  const auto [lowest, highest] = facts.reachable_bitops(convention);
  if (budget.bitops >= lowest && budget.bitops <= highest) return budget.bitops;
  const bool low = budget.bitops < lowest;
  throw_input({fmt::format("the budget of {} BitOPs is {} every policy of network '{}'", budget.bitops,
                           low ? "below" : "above", network),
               budget.where,
               fmt::format("from {} to {} BitOPs under convention {}", lowest, highest, convention),
               low ? "raise the budget, or add a lower width to candidates"
                   : "lower the budget, or add a wider width to candidates"});
}

}  // namespace mpq::harness
