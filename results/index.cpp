#include "results/index.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>

#include "core/error.h"
#include "results/facts.h"
#include "results/index_database.h"
#include "results/index_schema.h"

namespace fs = std::filesystem;

namespace mpq::results {
namespace {

constexpr int kBusyMilliseconds = 2'000;  // a supervisor hears nothing meanwhile
constexpr const char* kRebuild = "run `mpq index --rebuild`; the rows come back from the HDF5 files";

[[noreturn]] void throw_unusable(const std::string& what, const std::string& path) {
  throw_environment({what, path, "an index of version " + std::to_string(kIndexVersion), kRebuild});
}

int version_of(SQLite::Database& db) {
  return db.tableExists("schema_version") ? db.execAndGet("SELECT MAX(version) FROM schema_version").getInt()
                                          : 0;
}

void create_tables(SQLite::Database& db) {
  db.exec(kIndexSchema);
  db.exec("INSERT INTO schema_version VALUES (" + std::to_string(kIndexVersion) + ")");
}

// A writer that was killed leaves its journal, and whoever may only read cannot roll it back.
void recover(const std::string& path) {
  std::error_code absent;
  if (!fs::exists(path + "-journal", absent)) return;
  try {
    SQLite::Database db(path, SQLite::OPEN_READWRITE, kBusyMilliseconds);
    db.execAndGet("SELECT COUNT(*) FROM sqlite_master");
  } catch (const SQLite::Exception&) {
    // Not this user's to write, or a writer is at work: reading will say what is wrong, if anything is.
  }
}

SQLite::Database open(const std::string& path, Index::Access access) {
  if (access == Index::Access::read && !fs::exists(path)) throw_unusable("the store has no index yet", path);
  const int mode =
      access == Index::Access::read ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
  if (access == Index::Access::read) recover(path);
  // The default rollback journal: write-ahead logs need shared memory, which network file systems lack.
  return SQLite::Database(path, mode, kBusyMilliseconds);
}

void drop_everything(SQLite::Database& db) {
  std::vector<std::string> statements;
  SQLite::Statement list(db, "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')");
  while (list.executeStep())
    statements.push_back("DROP " + list.getColumn(0).getString() + " IF EXISTS \"" +
                         list.getColumn(1).getString() + "\"");
  list.reset();
  for (const auto& statement : statements) db.exec(statement);
}

// Nothing in the index is precious: a file that SQLite cannot use is deleted and made anew.
SQLite::Database open_or_replace(const std::string& path) {
  try {
    auto db = open(path, Index::Access::write);
    if (db.execAndGet("PRAGMA quick_check(1)").getString() == "ok") return db;
  } catch (const SQLite::Exception& e) {
    if (e.getErrorCode() != SQLITE_NOTADB && e.getErrorCode() != SQLITE_CORRUPT) throw_sqlite(e, path);
  }
  std::error_code absent;
  fs::remove(path, absent);
  fs::remove(path + "-journal", absent);
  return open(path, Index::Access::write);
}

void add_all_stages(SQLite::Database& db, const Store& store, std::vector<std::string>& left_out) {
  for (const auto& key : store.finished_keys()) try {
      insert_stage(db, key, read_stage_file(store.stage_path(key), "/sites"));
    } catch (const Error& e) {
      left_out.push_back("stage " + key.substr(0, 12) + ": " + e.parts().what);
    }
}

void add_all_studies(SQLite::Database& db, const Store& store, std::vector<std::string>& left_out) {
  for (const auto& name : store.studies()) try {
      if (const auto plan = store.read_study(name)) insert_study(db, *plan);
    } catch (const Error& e) {
      left_out.push_back("study " + name + ": " + e.parts().what);
    }
}

}  // namespace

void throw_sqlite(const SQLite::Exception& e, const std::string& path) {
  const int code = e.getErrorCode();
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
    throw_unusable(std::string("the index is damaged: ") + e.what(), path);
  throw_environment({std::string("SQLite: ") + e.what(), path,
                     "a database this user may use, on a disk with space",
                     code == SQLITE_BUSY || code == SQLITE_LOCKED ? "wait for the other mpq to end"
                     : code == SQLITE_FULL ? "free some space and run the same command again"
                                           : kRebuild});
}

Index::Index(const Store& store, Access access) {
  const auto path = store.index_path();
  try {
    database_ = std::make_unique<Database>(Database{open(path, access), path});
    auto& db = database_->db;
    if (access == Access::write && version_of(db) == 0) {
      SQLite::Transaction transaction(db);
      drop_everything(db);
      create_tables(db);
      transaction.commit();
    }
    if (const int version = version_of(db); version != kIndexVersion)
      throw_unusable("the index has version " + std::to_string(version), path);
  } catch (const SQLite::Exception& e) {
    throw_sqlite(e, path);
  }
}
Index::~Index() = default;
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;

void Index::add_stage(const std::string& key, const StageRecord& record) {
  database_->transaction([&](SQLite::Database& db) { insert_stage(db, key, record); });
}

void Index::remove_stage(const std::string& key) {
  database_->transaction([&](SQLite::Database& db) { delete_stage(db, key); });
}

void Index::add_study(const Json& plan) {
  database_->transaction([&](SQLite::Database& db) { insert_study(db, plan); });
}

std::vector<std::string> Index::rebuild(const Store& store) {
  std::vector<std::string> left_out;
  const auto path = store.index_path();
  try {
    auto db = open_or_replace(path);
    SQLite::Transaction transaction(db);
    drop_everything(db);
    create_tables(db);
    add_all_stages(db, store, left_out);
    add_all_studies(db, store, left_out);
    transaction.commit();
  } catch (const SQLite::Exception& e) {
    throw_sqlite(e, path);
  }
  return left_out;
}

}  // namespace mpq::results
