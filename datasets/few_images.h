#pragma once

#include "datasets/dataset.h"

namespace mpq::datasets {

/// The first pictures of a set that lies in memory, as a set of its own for what must be quick: `train` to train on;
/// `others` each to search, hold out and calibrate on, and in the test part.
Dataset few_images(const Dataset& whole, std::int64_t train, std::int64_t others);

}  // namespace mpq::datasets
