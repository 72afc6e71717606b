#pragma once

namespace mpq::results {

/// Every table and the one view, as documented in docs/results_format.md. Rows are addressed by
/// meaning, never by insertion order, so that a rebuilt index equals a grown one.
inline constexpr const char* kIndexSchema = R"sql(
CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE studies (
  name TEXT NOT NULL PRIMARY KEY, file TEXT, toml TEXT, case_count INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE cases (
  study TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL,
  label TEXT, method TEXT, network TEXT, dataset TEXT, budget TEXT, budget_bitops INTEGER, seed INTEGER,
  float_key TEXT, prepare_key TEXT, deploy_key TEXT, holdout_key TEXT, test_key TEXT,
  PRIMARY KEY (study, id)) WITHOUT ROWID;

CREATE TABLE stages (
  key TEXT NOT NULL PRIMARY KEY, kind TEXT, status TEXT, reason TEXT,
  method TEXT, method_revision INTEGER, network TEXT, dataset TEXT,
  convention TEXT, seed INTEGER, threads INTEGER, device TEXT, numerics TEXT,
  float_key TEXT, prepare_key TEXT, deploy_key TEXT,
  requested_bitops INTEGER, achieved_bitops INTEGER, achieved_size_bits INTEGER,
  wall_seconds REAL, peak_memory_bytes INTEGER,
  revision TEXT, dirty INTEGER, cpu TEXT, instruction_set TEXT, libtorch TEXT,
  started TEXT, finished TEXT) WITHOUT ROWID;

CREATE TABLE metrics (
  key TEXT NOT NULL, split TEXT NOT NULL, name TEXT NOT NULL, value REAL,
  PRIMARY KEY (key, split, name)) WITHOUT ROWID;

CREATE TABLE costs (
  key TEXT NOT NULL, phase TEXT NOT NULL,
  forward_images INTEGER, backward_images INTEGER, optimizer_steps INTEGER,
  hessian_products INTEGER, policy_evaluations INTEGER, wall_seconds REAL,
  PRIMARY KEY (key, phase)) WITHOUT ROWID;

CREATE TABLE site_bits (
  key TEXT NOT NULL, position INTEGER NOT NULL, site TEXT NOT NULL, macs INTEGER, weight_count INTEGER,
  weight_bits INTEGER, act_bits INTEGER, executed_weight_bits INTEGER, executed_act_bits INTEGER,
  PRIMARY KEY (key, position)) WITHOUT ROWID;

CREATE INDEX cases_by_deploy ON cases (deploy_key);
CREATE INDEX stages_by_kind ON stages (kind);

CREATE VIEW results AS
  SELECT c.study, c.id AS case_id, c.label, c.method, c.network, c.dataset, c.budget, c.seed, m.split,
         d.requested_bitops, d.achieved_bitops, d.achieved_size_bits,
         MAX(CASE m.name WHEN 'top1' THEN m.value END) AS top1,
         MAX(CASE m.name WHEN 'top5' THEN m.value END) AS top5,
         MAX(CASE m.name WHEN 'cross_entropy' THEN m.value END) AS cross_entropy,
         MAX(CASE m.name WHEN 'images' THEN m.value END) AS images
  FROM cases c
  JOIN stages d ON d.key = c.deploy_key
  JOIN metrics m ON m.key IN (c.holdout_key, c.test_key)
  GROUP BY c.study, c.id, m.split;
)sql";

}  // namespace mpq::results
