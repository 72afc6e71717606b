#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/progress.h"
#include "datasets/picture.h"
#include "datasets/registry.h"

namespace mpq::datasets {

/// What every picture of an official part was found to be: sums as evaluation sees it, damage anywhere in it.
struct PartReport {
  std::string name;
  std::int64_t count = 0, broken = 0;
  std::vector<std::int64_t> per_class;
  std::array<double, 3> mean{}, std{};  ///< of pixel / 255, per channel
  std::int64_t first_broken = -1;
  ErrorParts reason;  ///< why the first broken picture cannot be read
};

struct VerifyReport {
  std::string fingerprint;
  DatasetInfo info;
  std::vector<PartReport> parts;  ///< train, test
};

/// Opens a data set and reads every picture of it, each to its end. Throws Error(input) if it cannot be opened;
/// a picture that cannot be read is counted. Results do not depend on `threads`.
VerifyReport verify_dataset(const Entry& entry, const Json& options, const std::string& data_folder,
                            int threads, const ProgressSink& progress = {});

/// Pictures of the training split side by side, as training or (without an augmentation) evaluation sees
/// them.
Picture contact_sheet(const Dataset& dataset, const Augmentation* augmentation, std::int64_t first,
                      int columns, int rows);

}  // namespace mpq::datasets
