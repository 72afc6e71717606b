// mpq index: the SQLite file again from the stage files.

#include <iostream>

#include "cli/commands.h"
#include "cli/places.h"
#include "core/error.h"

namespace mpq::cli {
namespace {

int index(const Arguments& arguments) {
  const auto store = existing_store(arguments);
  if (!arguments.has("rebuild"))
    throw_input({"nothing to do", "the command line of mpq index", "--rebuild", "add --rebuild"});
  const auto lock = store.lock();
  const auto left_out = results::Index::rebuild(store);
  for (const auto& sentence : left_out) std::cerr << "mpq: left out: " << sentence << "\n";
  const results::Index made(store, results::Index::Access::read);
  std::cout << store.index_path() << ": " << made.stages().size() << " stages, " << made.studies().size()
            << " studies\n";
  return left_out.empty() ? 0 : static_cast<int>(ErrorKind::environment);
}

}  // namespace

Command index_command() {
  return {"index",
          {},
          "make the SQLite index again from the stage files",
          {{"rebuild", "", "drop every row and read every stage file"}, store_option()},
          {"mpq index --rebuild"},
          index};
}

}  // namespace mpq::cli
