#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/stage_file.h"

namespace mpq::analysis {

/// What one evaluation said about every image, sorted by image index (each at most once).
struct Predictions {
  std::vector<std::int64_t> image_index;
  std::vector<std::int32_t> label;
  std::vector<std::uint8_t> top1, top5;  ///< 1 where the first, or one of the five, is the true class
  std::vector<double> entropy;           ///< −ln(probability of the true class), nats

  std::size_t size() const { return image_index.size(); }
};

/// Reads "/predictions/<split>" of an evaluate stage. A probability below the smallest normal float
/// counts as that float, so that one image cannot make a mean infinite. Throws Error(input) naming
/// `where` if arrays are missing, of other types or lengths, or an image occurs twice.
Predictions read_predictions(const results::StageRecord& record, const std::string& split,
                             const std::string& where);

/// Throws Error(input) unless both saw the same images with the same labels.
void require_same_images(const Predictions& a, const Predictions& b, const std::string& where);

}  // namespace mpq::analysis
