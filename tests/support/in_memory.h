#pragma once

#include "datasets/dataset.h"

namespace mpq::testing {

/// The official part behind a view of a data set that is held in memory.
inline const datasets::Images& in_memory(const datasets::SplitView& view) {
  return dynamic_cast<const datasets::Images&>(*view.images);
}

}  // namespace mpq::testing
