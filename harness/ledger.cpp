#include "harness/ledger.h"

#include <optional>

#include "core/error.h"
#include "harness/stage_attempt.h"

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

Ledger::Ledger(const results::Store& store, const Plan& plan)
    : store_(store), plan_(plan), index_(open_index(store)) {
  const auto json = plan.to_json();
  if (stored_plan(store, plan.study.name) != json) store.write_study(plan.study.name, json);
  index_.add_study(json);
  for (const auto& stage : plan.stages) store.sweep(stage.key);
  catch_up();
}

void Ledger::catch_up() {
  for (const auto& stage : plan_.stages) {
    const bool stored = store_.finished(stage.key), known = index_.stage(stage.key).has_value();
    if (known && !stored) index_.remove_stage(stage.key);
    if (known || !stored) continue;
    try {
      index_.add_stage(stage.key, read_back(stage, store_));
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::input) throw;  // damaged, and moved aside by now
    }
  }
}

}  // namespace mpq::harness
