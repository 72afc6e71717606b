#include "harness/ledger.h"

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

}  // namespace

Ledger::Ledger(const results::Store& store, const Plan& plan) : index_(open_index(store)) {
  const auto json = plan.to_json();
  if (store.read_study(plan.study.name) != json) store.write_study(plan.study.name, json);
  index_.add_study(json);
  for (const auto& stage : plan.stages)
    if (store.finished(stage.key) && !index_.stage(stage.key))
      index_.add_stage(stage.key, results::read_stage_file(store.stage_path(stage.key)));
}

}  // namespace mpq::harness
