#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "results/facts.h"
#include "results/index_database.h"

namespace mpq::results {
namespace {

// One INSERT whose values are bound one after the other; an absent value becomes NULL.
class Row {
 public:
  Row(SQLite::Database& db, const std::string& table, int columns) : statement_(db, text(table, columns)) {}

  Row& operator<<(const std::string& value) { return statement_.bind(++column_, value), *this; }
  Row& operator<<(const std::optional<std::int64_t>& value) {
    if (value)
      statement_.bind(++column_, *value);
    else
      statement_.bind(++column_);
    return *this;
  }
  Row& operator<<(const std::optional<double>& value) {
    if (value)
      statement_.bind(++column_, *value);
    else
      statement_.bind(++column_);
    return *this;
  }
  void insert() { statement_.exec(); }

 private:
  static std::string text(const std::string& table, int columns) {
    std::string marks = "?";
    for (int i = 1; i < columns; ++i) marks += ", ?";
    return "INSERT INTO " + table + " VALUES (" + marks + ")";
  }

  SQLite::Statement statement_;
  int column_ = 0;
};

void delete_rows(SQLite::Database& db, const std::string& table, const std::string& column,
                 const std::string& value) {
  SQLite::Statement statement(db, "DELETE FROM " + table + " WHERE " + column + " = ?");
  statement.bind(1, value);
  statement.exec();
}

std::optional<std::int64_t> as_integer(const std::optional<bool>& flag) {
  return flag ? std::optional<std::int64_t>(*flag) : std::nullopt;
}

void insert_main_row(SQLite::Database& db, const std::string& key, const StageRecord& record) {
  const auto& [settings, environment, summary, arrays] = record;
  auto kind = text_fact(summary, "kind");
  if (kind.empty()) kind = text_fact(settings, "kind");
  Row row(db, "stages", 28);
  row << key << kind << text_fact(summary, "status") << text_fact(summary, "reason");
  row << text_fact(settings, "method/name") << integer_fact(settings, "method/revision");
  row << text_fact(settings, "network/name") << text_fact(settings, "dataset/name");
  row << text_fact(settings, "convention") << integer_fact(settings, "seed");
  row << integer_fact(settings, "threads") << text_fact(settings, "device")
      << text_fact(settings, "numerics");
  for (const auto* parent : {"parents/float", "parents/prepare", "parents/deploy"})
    row << text_fact(settings, parent);
  for (const auto* cost : {"cost/requested_bitops", "cost/achieved_bitops", "cost/achieved_size_bits"})
    row << integer_fact(summary, cost);
  row << number_fact(summary, "wall_seconds") << integer_fact(summary, "peak_memory_bytes");
  row << text_fact(build_fact(environment, "revision"), "")
      << as_integer(bool_fact(build_fact(environment, "dirty"), ""));
  for (const auto* name : {"cpu", "instruction_set", "libtorch", "started", "finished"})
    row << text_fact(environment, name);
  row.insert();
}

void insert_metrics(SQLite::Database& db, const std::string& key, const Json& summary) {
  const auto& splits = fact(summary, "metrics");
  if (!splits.is_object()) return;
  for (const auto& [split, metrics] : splits.items()) {
    if (!metrics.is_object()) continue;
    for (const auto& [name, value] : metrics.items())
      if (value.is_number())
        (Row(db, "metrics", 4) << key << split << name << std::optional(value.get<double>())).insert();
  }
}

void insert_costs(SQLite::Database& db, const std::string& key, const Json& summary) {
  const auto& phases = fact(summary, "costs");
  if (!phases.is_object()) return;
  for (const auto& [phase, cost] : phases.items()) {
    Row row(db, "costs", 8);
    row << key << phase;
    for (const auto* counter :
         {"forward_images", "backward_images", "optimizer_steps", "hessian_products", "policy_evaluations"})
      row << integer_fact(cost, counter);
    row << number_fact(cost, "wall_seconds");
    row.insert();
  }
}

// A column of /sites widened to 64 bits, or empty if the stage has none.
std::vector<std::int64_t> site_column(const StageRecord& record, const std::string& name) {
  const auto found = record.arrays.find("/sites/" + name);
  if (found == record.arrays.end()) return {};
  const auto& array = found->second;
  if (array.dtype == Dtype::i64) return array.as<std::int64_t>();
  if (array.dtype == Dtype::i32) {
    const auto narrow = array.as<std::int32_t>();
    return {narrow.begin(), narrow.end()};
  }
  throw_input({"/sites/" + name + " is not of an integer type", "a stage file", "i32 or i64",
               "make the stage again"});
}

void insert_sites(SQLite::Database& db, const std::string& key, const StageRecord& record) {
  constexpr std::array kColumns{"macs",     "weight_count",         "weight_bits",
                                "act_bits", "executed_weight_bits", "executed_act_bits"};
  const auto& layers = fact(record.summary, "layers");
  if (!layers.is_array()) return;
  std::vector<std::vector<std::int64_t>> columns;
  for (const auto* name : kColumns) columns.push_back(site_column(record, name));
  for (std::size_t site = 0; site < layers.size(); ++site) {
    Row row(db, "site_bits", 9);
    row << key << std::optional<std::int64_t>(site);
    row << (layers[site].is_string() ? layers[site].get<std::string>() : std::string());
    for (const auto& column : columns)
      row << (site < column.size() ? std::optional(column[site]) : std::optional<std::int64_t>());
    row.insert();
  }
}

}  // namespace

void delete_stage(SQLite::Database& db, const std::string& key) {
  for (const auto* table : {"stages", "metrics", "costs", "site_bits"}) delete_rows(db, table, "key", key);
}

void insert_stage(SQLite::Database& db, const std::string& key, const StageRecord& record) {
  delete_stage(db, key);
  insert_main_row(db, key, record);
  insert_metrics(db, key, record.summary);
  insert_costs(db, key, record.summary);
  insert_sites(db, key, record);
}

void insert_study(SQLite::Database& db, const Json& plan) {
  const auto name = text_fact(plan, "name");
  const auto& cases = fact(plan, "cases");
  if (name.empty() || !cases.is_array())
    throw_input({"a plan without name or cases", "the plan of a study", "{\"name\": …, \"cases\": […]}",
                 "run the study again"});
  delete_rows(db, "studies", "name", name);
  delete_rows(db, "cases", "study", name);
  (Row(db, "studies", 4) << name << text_fact(plan, "file") << text_fact(plan, "toml")
                         << std::optional<std::int64_t>(cases.size()))
      .insert();
  std::int64_t position = 0;
  for (const auto& one : cases) {
    Row row(db, "cases", 15);
    row << name << text_fact(one, "id") << std::optional(position++);
    for (const auto* column : {"label", "method", "network", "dataset", "budget"})
      row << text_fact(one, column);
    row << integer_fact(one, "budget_bitops") << integer_fact(one, "seed");
    for (const auto* stage : {"float", "prepare", "deploy", "evaluate/holdout", "evaluate/test"})
      row << text_fact(one, stage);
    row.insert();
  }
}

}  // namespace mpq::results
