#include "harness/ledger.h"

#include <optional>

#include "core/error.h"

namespace mpq::harness {
namespace {

results::Index open_index(const results::Store& store) {
  try {
    return results::Index(store);
  } catch (const Error&) {
    results::Index::rebuild(store);
    return results::Index(store);
  }
}

/// Nothing if there is none, or none that can be read: it is about to be written.
std::optional<Json> stored_plan(const results::Store& store, const std::string& study) {
  try {
    return store.read_study(study);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

Ledger::Ledger(const results::Store& store, const Plan& plan) : index_(open_index(store)) {
  const auto json = plan.to_json();
  if (stored_plan(store, plan.study.name) != json) store.write_study(plan.study.name, json);
  index_.add_study(json);
  for (const auto& stage : plan.stages) {
    store.sweep(stage.key);
    if (store.finished(stage.key) && !index_.stage(stage.key))
      index_.add_stage(stage.key, results::read_stage_file(store.stage_path(stage.key)));
  }
}

}  // namespace mpq::harness
