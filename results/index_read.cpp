#include <algorithm>

#include "results/index_database.h"

namespace mpq::results {
namespace {

std::optional<std::int64_t> integer(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional<std::int64_t>(column.getInt64());
}
std::optional<double> number(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(column.getDouble());
}

constexpr const char* kStageColumns =
    "SELECT key, kind, status, reason, method, network, dataset, seed, threads, "
    "achieved_bitops, "
    "peak_memory_bytes, COALESCE(wall_seconds, 0), revision, instruction_set, finished FROM stages ";

StageRow stage_row(SQLite::Statement& row) {
  StageRow stage;
  int column = 0;
  for (auto* text :
       {&stage.key, &stage.kind, &stage.status, &stage.reason, &stage.method, &stage.network, &stage.dataset})
    *text = row.getColumn(column++).getString();
  for (auto* value : {&stage.seed, &stage.threads, &stage.achieved_bitops, &stage.peak_memory_bytes})
    *value = integer(row.getColumn(column++));
  stage.wall_seconds = row.getColumn(column++).getDouble();
  for (auto* text : {&stage.revision, &stage.instruction_set, &stage.finished_at})
    *text = row.getColumn(column++).getString();
  return stage;
}

constexpr const char* kCases =
    "SELECT id, label, method, network, dataset, budget, float_key, prepare_key, deploy_key, holdout_key, "
    "test_key, "
    "       budget_bitops, seed, (SELECT achieved_bitops FROM stages WHERE stages.key = cases.deploy_key), "
    "       (SELECT value FROM metrics WHERE metrics.key = cases.holdout_key AND split = 'holdout' AND name "
    "= 'top1'), "
    "       (SELECT value FROM metrics WHERE metrics.key = cases.test_key AND split = 'test' AND name = "
    "'top1') "
    "FROM cases WHERE study = ? ORDER BY position";

CaseRow case_row(SQLite::Statement& row, const std::string& study) {
  CaseRow one;
  one.study = study;
  int column = 0;
  for (auto* text : {&one.id, &one.label, &one.method, &one.network, &one.dataset, &one.budget,
                     &one.float_key, &one.prepare_key, &one.deploy_key, &one.holdout_key, &one.test_key})
    *text = row.getColumn(column++).getString();
  for (auto* value : {&one.budget_bitops, &one.seed, &one.achieved_bitops})
    *value = integer(row.getColumn(column++));
  for (auto* value : {&one.holdout_top1, &one.test_top1}) *value = number(row.getColumn(column++));
  return one;
}

// A stage that a method could not serve settles the case; otherwise every stage has to be there.
void settle_status(CaseRow& one, SQLite::Statement& find) {
  one.status = "open";
  for (const auto* key :
       {&one.float_key, &one.prepare_key, &one.deploy_key, &one.holdout_key, &one.test_key}) {
    if (key->empty()) continue;
    ++one.stages_total;
    find.reset();
    find.bind(1, *key);
    if (!find.executeStep()) continue;
    ++one.stages_done;
    if (find.getColumn(0).getString() != "unsupported" || one.status == "unsupported") continue;
    one.status = "unsupported";
    one.reason = find.getColumn(1).getString();
  }
  if (one.status == "open" && one.stages_total > 0 && one.stages_done == one.stages_total)
    one.status = "done";
}

}  // namespace

std::vector<std::string> Index::studies() const {
  return database_->guarded([&] {
    std::vector<std::string> names;
    SQLite::Statement query(database_->db, "SELECT name FROM studies ORDER BY name");
    while (query.executeStep()) names.push_back(query.getColumn(0).getString());
    return names;
  });
}

std::vector<CaseRow> Index::cases(const std::string& study) const {
  return database_->guarded([&] {
    std::vector<CaseRow> rows;
    SQLite::Statement query(database_->db, kCases);
    query.bind(1, study);
    while (query.executeStep()) rows.push_back(case_row(query, study));
    SQLite::Statement find(database_->db, "SELECT status, reason FROM stages WHERE key = ?");
    for (auto& row : rows) settle_status(row, find);
    return rows;
  });
}

std::optional<StageRow> Index::stage(const std::string& key) const {
  return database_->guarded([&]() -> std::optional<StageRow> {
    SQLite::Statement query(database_->db, std::string(kStageColumns) + "WHERE key = ?");
    query.bind(1, key);
    if (!query.executeStep()) return std::nullopt;
    return stage_row(query);
  });
}

std::vector<StageRow> Index::stages() const {
  return database_->guarded([&] {
    std::vector<StageRow> rows;
    SQLite::Statement query(database_->db, std::string(kStageColumns) + "ORDER BY kind, key");
    while (query.executeStep()) rows.push_back(stage_row(query));
    return rows;
  });
}

std::int64_t Index::test_looks(const std::string& dataset) const {
  return database_->guarded([&] {
    SQLite::Statement query(database_->db,
                            "SELECT COUNT(DISTINCT m.key) FROM metrics m JOIN stages s ON s.key = m.key "
                            "WHERE m.split = 'test' AND s.dataset = ?");
    query.bind(1, dataset);
    query.executeStep();
    return query.getColumn(0).getInt64();
  });
}

}  // namespace mpq::results
