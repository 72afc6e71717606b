#include "harness/case_state.h"

#include <algorithm>

namespace mpq::harness {

std::vector<std::string> stage_keys(const results::CaseRow& row) {
  std::vector<std::string> keys = {row.float_key, row.prepare_key, row.deploy_key, row.holdout_key,
                                   row.test_key};
  std::erase(keys, "");
  return keys;
}

CaseState state_of(const results::CaseRow& row, const results::Store& store,
                   const std::optional<Json>& live) {
  if (row.status != "open") return {row.status, {}, ""};
  const auto keys = stage_keys(row);
  const auto is_live = [&](const std::string& key) { return live && live->at("stages").contains(key); };
  if (std::any_of(keys.begin(), keys.end(), is_live)) return {"running", {}, ""};
  for (const auto& key : keys)
    if (const auto note = store.read_failure(key); note && !store.finished(key))
      return {"failed", Failure::from_json(*note), key};
  return {"to do", {}, ""};
}

}  // namespace mpq::harness
