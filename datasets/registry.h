#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/named_entries.h"
#include "core/progress.h"
#include "datasets/dataset.h"

namespace mpq::datasets {

/// One registered data set: facts, how to open it, and the fingerprint that enters every stage key.
struct Entry {
  DatasetInfo info;
  /// `data_folder` is the user's --data; `options` are complete. Throws Error(input) naming file, offset
  /// and what was expected.
  std::function<Dataset(const Json& options, const std::string& data_folder)> open;
  /// Content fingerprint (SHA-256 hex) without decoding anything: of the files, or of the options of a
  /// formula. Throws Error(input) if files are missing.
  std::function<std::string(const Json& options, const std::string& data_folder)> fingerprint;
  /// The facts of the set as it will be opened, where options and files decide; empty: `info`. Throws like
  /// open.
  std::function<DatasetInfo(const Json& options, const std::string& data_folder)> inspect = {};

  /// Opens the set past its caches, to look at the files themselves; empty: `open` does.
  std::function<Dataset(const Json& options, const std::string& data_folder)> open_originals = {};

  /// Decodes all pictures into files that `open` then reads instead, and returns their paths; empty: the set has no
  /// use for it. Throws like open, and Error(environment) where there is no room.
  std::function<std::vector<std::string>(const Json& options, const std::string& data_folder,
                                         const ProgressSink& progress)>
      write_cache = {};

  /// The folder of the set below the data folder; empty: made from a formula, or not named by these options.
  std::string folder(const Json& options) const { return options.value("folder", info.folder); }
  bool made_from_formula() const { return info.folder.empty() && !write_cache; }

  DatasetInfo facts(const Json& options, const std::string& data_folder) const {
    return inspect ? inspect(options, data_folder) : info;
  }
};

class Registry : public NamedEntries<Entry> {
 public:
  Registry() : NamedEntries("data set", "choose one of them") {}
  void add(Entry entry);
};

/// Everything registered by the files of this folder.
const Registry& registry();

/// Generated: calls every file's registration function.
void register_all(Registry& registry);

/// At file scope of a data set's file: MPQ_REGISTER_DATASET(cifar10) { registry.add({…}); }
#define MPQ_REGISTER_DATASET(name) void register_##name(Registry& registry)

}  // namespace mpq::datasets
