#pragma once

#include "datasets/dataset.h"

namespace mpq::datasets {

/// The one door to the official test part. Included by worker/ alone, a rule that a test enforces.
struct TestSplit {
  static SplitView open(const Dataset& dataset);
};

}  // namespace mpq::datasets
