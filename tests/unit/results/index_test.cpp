#include "results/index.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/file.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_folder.h"

namespace mpq::results {
namespace {

using mpq::testing::build_fake_store;
using mpq::testing::FakeMethod;
using mpq::testing::FakeStudy;
using mpq::testing::TempFolder;
using ::testing::HasSubstr;

struct Fixture {
  TempFolder folder{TempFolder::Place::memory};
  Store store{folder / "store"};
};

FakeStudy rich_study() {
  FakeStudy study;
  study.seeds = {1, 2};
  study.splits = {"holdout", "test"};
  study.images = 50;
  study.methods.push_back({"PACT", "pact", FakeMethod::Family::fixed, 0.7, "needs unsigned inputs"});
  study.methods.push_back({"NaN", "nan", FakeMethod::Family::fixed, 0.7, "", "loss is NaN"});
  return study;
}

// All rows of all tables as text, in the order of their keys.
std::string dump(const Store& store) {
  std::ostringstream text;
  SQLite::Database db(store.index_path());
  for (const auto* table :
       {"schema_version", "studies", "cases", "stages", "metrics", "costs", "site_bits", "results"}) {
    SQLite::Statement rows(db, std::string("SELECT * FROM ") + table + " ORDER BY 1" +
                                   (std::string(table) == "schema_version" ? "" : ", 2"));
    text << "== " << table << "\n";
    while (rows.executeStep()) {
      for (int i = 0; i < rows.getColumnCount(); ++i)
        text << (rows.isColumnNull(i) ? "NULL" : rows.getColumn(i).getString()) << "|";
      text << "\n";
    }
  }
  return text.str();
}

// Says where two dumps part ways rather than printing both.
void expect_same(const std::string& a, const std::string& b) {
  std::istringstream lines_a(a), lines_b(b);
  for (std::string line_a, line_b;;) {
    const bool more_a = bool(std::getline(lines_a, line_a)), more_b = bool(std::getline(lines_b, line_b));
    ASSERT_EQ(more_a, more_b) << "one dump is longer, from: " << (more_a ? line_a : line_b);
    if (!more_a) return;
    ASSERT_EQ(line_a, line_b);
  }
}

template <class Value = std::int64_t>
Value ask(const Store& store, const std::string& sql) {
  SQLite::Database db(store.index_path());
  SQLite::Statement query(db, sql);
  EXPECT_TRUE(query.executeStep()) << sql;
  if constexpr (std::is_same_v<Value, double>)
    return query.getColumn(0).getDouble();
  else
    return query.getColumn(0).getInt64();
}

TEST(Index, RebuiltFromTheFilesHasTheSameRows) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  const auto grown = dump(f.store);
  EXPECT_EQ(Index::rebuild(f.store).size(), 0U);
  expect_same(dump(f.store), grown);
  std::filesystem::remove(f.store.index_path());
  Index::rebuild(f.store);
  expect_same(dump(f.store), grown);
  EXPECT_GT(grown.size(), 5000U);
}

TEST(Index, HoldsOneRowPerThing) {
  const Fixture f;
  const auto plan = build_fake_store(f.store, rich_study());
  EXPECT_EQ(ask(f.store, "SELECT COUNT(*) FROM cases"), std::int64_t(plan["cases"].size()));
  EXPECT_EQ(ask(f.store, "SELECT COUNT(*) FROM stages"), std::int64_t(f.store.finished_keys().size()));
  EXPECT_EQ(ask(f.store, "SELECT COUNT(*) FROM stages WHERE kind = 'pretrain'"), 1);
  // 3 quantized methods at 2 budgets and the float one, 2 seeds, 8 layers each; the two others have no
  // policy.
  EXPECT_EQ(ask(f.store, "SELECT COUNT(*) FROM site_bits"), (3 * 2 + 1) * 2 * 8);
  EXPECT_EQ(ask(f.store, "SELECT COUNT(*) FROM results WHERE split = 'test'"), (3 * 2 + 1) * 2);
}

TEST(Index, KnowsCostsBitsAndMetrics) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  const std::string deploy_of =
      "(SELECT deploy_key FROM cases WHERE label = 'RFQuant' AND budget = 'w3a3' AND seed = 1)";
  EXPECT_EQ(ask(f.store, "SELECT optimizer_steps FROM costs WHERE phase = 'search' AND key = " + deploy_of),
            0);
  EXPECT_EQ(
      ask(f.store, "SELECT weight_bits FROM site_bits WHERE site = 'layer1.0.conv1' AND key = " + deploy_of),
      4);
  EXPECT_EQ(ask(f.store, "SELECT executed_act_bits FROM site_bits WHERE position = 0 AND key = " + deploy_of),
            32);
  EXPECT_EQ(ask(f.store, "SELECT dirty FROM stages WHERE key = " + deploy_of), 0);
  EXPECT_NEAR(ask<double>(f.store, "SELECT AVG(top1) FROM results WHERE label = 'Float'"), 0.91, 0.08);
}

TEST(Index, AddingTwiceChangesNothing) {
  const Fixture f;
  const auto plan = build_fake_store(f.store, rich_study());
  const auto before = dump(f.store);
  Index index(f.store);
  index.add_study(plan);
  const auto key = plan["cases"][0]["deploy"].get<std::string>();
  index.add_stage(key, read_stage_file(f.store.stage_path(key)));
  expect_same(dump(f.store), before);
}

TEST(Index, GivesTheStatusOfEveryCase) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  const auto cases = Index(f.store, Index::Access::read).cases("fake");
  std::map<std::string, std::string> status;
  for (const auto& one : cases) status[one.label] = one.status;
  EXPECT_EQ(status, (std::map<std::string, std::string>{{"Float", "done"},
                                                        {"LSQ", "done"},
                                                        {"HAWQ", "done"},
                                                        {"RFQuant", "done"},
                                                        {"PACT", "unsupported"},
                                                        {"NaN", "open"}}));
  EXPECT_EQ(cases.front().label, "Float");
  EXPECT_EQ(cases.front().stages_total, 5);
  for (const auto& one : cases) {
    EXPECT_EQ(one.reason, one.label == "PACT" ? "needs unsigned inputs" : "") << one.id;
    EXPECT_EQ(one.holdout_top1.has_value(), one.status == "done") << one.id;
  }
}

TEST(Index, ListsStagesAndStudies) {
  const Fixture f;
  const auto plan = build_fake_store(f.store, rich_study());
  const Index index(f.store, Index::Access::read);
  EXPECT_THAT(index.studies(), ::testing::ElementsAre("fake"));
  EXPECT_EQ(index.stages().size(), f.store.finished_keys().size());
  const auto deploy = index.stage(plan["cases"][2]["deploy"]);
  ASSERT_TRUE(deploy);
  EXPECT_EQ(deploy->method, "lsq");
  EXPECT_EQ(deploy->seed, 1);
  EXPECT_EQ(deploy->instruction_set, "AVX2");
  EXPECT_EQ(index.stage(std::string(64, '0')), std::nullopt);
}

TEST(Index, CountsLooksAtTheTestSet) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  const Index index(f.store, Index::Access::read);
  EXPECT_EQ(index.test_looks("toyset"), (3 * 2 + 1) * 2);
  EXPECT_EQ(index.test_looks("other"), 0);
}

TEST(Index, LeavesDamagedFilesOutAndSaysSo) {
  const Fixture f;
  const auto plan = build_fake_store(f.store, rich_study());
  const auto key = plan["cases"][0]["deploy"].get<std::string>();
  std::filesystem::resize_file(f.store.stage_path(key), 3000);
  const auto left_out = Index::rebuild(f.store);
  ASSERT_EQ(left_out.size(), 1U);
  EXPECT_THAT(left_out[0], HasSubstr(key.substr(0, 12)));
  EXPECT_EQ(Index(f.store).stage(key), std::nullopt);
}

TEST(Index, ThatIsNoDatabaseIsNamedAndReplacedByRebuild) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  const auto grown = dump(f.store);
  write_whole(f.store.index_path(), std::string(8192, 'x'));
  try {
    const Index index(f.store);
    FAIL() << "opened";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::environment);
    EXPECT_THAT(e.parts().fix, HasSubstr("index --rebuild"));
  }
  Index::rebuild(f.store);
  expect_same(dump(f.store), grown);
}

TEST(Index, WithADamagedPageIsAnErrorOrIsReplaced) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  const auto grown = dump(f.store);
  auto bytes = read_file(f.store.index_path());
  for (std::size_t at = 5000; at < bytes.size(); at += 11) bytes[at] = static_cast<char>(~bytes[at]);
  write_whole(f.store.index_path(), bytes);
  EXPECT_THROW(
      {
        const Index index(f.store, Index::Access::read);
        index.stages();
        index.cases("fake");
      },
      Error);
  Index::rebuild(f.store);
  expect_same(dump(f.store), grown);
}

TEST(Index, OfAnotherVersionAsksForARebuild) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  SQLite::Database(f.store.index_path(), SQLite::OPEN_READWRITE)
      .exec("UPDATE schema_version SET version = 99");
  EXPECT_THROW(Index(f.store, Index::Access::read), Error);
  EXPECT_THROW(Index{f.store}, Error);
  Index::rebuild(f.store);
  EXPECT_NO_THROW(Index{f.store});
}

TEST(Index, AbsentIsAnErrorForReadersOnly) {
  const Fixture f;
  EXPECT_THROW(Index(f.store, Index::Access::read), Error);
  EXPECT_NO_THROW(Index{f.store});
  EXPECT_THAT(Index(f.store, Index::Access::read).studies(), ::testing::IsEmpty());
}

TEST(Index, RefusesAPlanWithoutCases) {
  const Fixture f;
  EXPECT_THROW(Index(f.store).add_study({{"name", "x"}}), Error);
}

// The documented example queries are part of the interface: they run as printed.
TEST(Index, AnswersTheDocumentedQueries) {
  const Fixture f;
  build_fake_store(f.store, rich_study());
  std::ifstream document(std::string(MPQ_SOURCE_DIR) + "/docs/results_format.md");
  ASSERT_TRUE(document.good());
  SQLite::Database db(f.store.index_path());
  std::string line, sql;
  bool inside = false;
  int answered = 0;
  while (std::getline(document, line)) {
    if (line == "```sql") {
      inside = true;
      sql.clear();
    } else if (inside && line == "```") {
      inside = false;
      for (auto at = sql.find("'quick'"); at != std::string::npos; at = sql.find("'quick'"))
        sql.replace(at, 7, "'fake'");  // the study of this store
      SQLite::Statement query(db, sql);
      EXPECT_TRUE(query.executeStep()) << "no rows: " << sql;
      ++answered;
    } else if (inside) {
      sql += line + "\n";
    }
  }
  EXPECT_GE(answered, 4);
}

}  // namespace
}  // namespace mpq::results
