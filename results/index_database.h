#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <string>

#include "results/index.h"

namespace mpq::results {

/// Turns an exception of SQLite into Error(environment) with something to do.
[[noreturn]] void throw_sqlite(const SQLite::Exception& e, const std::string& path);

/// Replaces the rows of one stage; the caller owns the transaction.
void insert_stage(SQLite::Database& db, const std::string& key, const StageRecord& record);
/// Drops the rows of one stage; the caller owns the transaction.
void delete_stage(SQLite::Database& db, const std::string& key);
/// Replaces the rows of one study; the caller owns the transaction.
void insert_study(SQLite::Database& db, const Json& plan);

struct Index::Database {
  mutable SQLite::Database db;
  std::string path;

  template <class Work>
  void transaction(Work work) {
    guarded([&] {
      SQLite::Transaction all_or_nothing(db);
      work(db);
      all_or_nothing.commit();
    });
  }
  template <class Work>
  auto guarded(Work work) const {
    try {
      return work();
    } catch (const SQLite::Exception& e) {
      throw_sqlite(e, path);
    }
  }
};

}  // namespace mpq::results
