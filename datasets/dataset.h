#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/options.h"

namespace mpq::datasets {

/// Pictures held in memory as bytes: pixels is [count, channels, height, width], labels is [count].
struct Images {
  std::int64_t count = 0;
  int channels = 3, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;

  std::int64_t image_bytes() const { return std::int64_t{channels} * height * width; }
};

/// Facts about a data set, as data. `mean` and `std` are per channel, of pixel / 255.
struct DatasetInfo {
  std::string name, title, citation;
  int revision = 1;  ///< raised whenever the same files would give other numbers
  int classes = 0, channels = 3, height = 0, width = 0;
  std::array<float, 3> mean{}, std{};
  std::int64_t train_count = 0, test_count = 0;    ///< official parts
  std::int64_t search_count = 0, calib_count = 0;  ///< holdout is as large as search
  bool crop_and_flip = true;  ///< whether pad-crop-flip keeps the label (training augmentation)
  std::string folder;  ///< folder below the data folder that holds the files; empty: made from a formula
  std::vector<OptionInfo> options;
};

/// Which images a piece of work may see (docs/architecture.md). There is no `test` here on purpose:
/// only datasets/test_split.h, which the worker alone may include, opens it.
enum class Split { train, calib, search, holdout };

std::string to_string(Split split);

/// Images of one split: indices into `images`, in a fixed order. `images` belongs to the data set.
struct SplitView {
  const Images* images = nullptr;
  std::vector<std::int32_t> indices;
  std::int64_t count() const { return static_cast<std::int64_t>(indices.size()); }
};

/// An opened data set. Membership of the splits comes from a permutation keyed by the data set's name
/// alone, so that no setting and no seed of a run can move an image from one split to another.
class Dataset {
 public:
  Dataset(DatasetInfo info, Images train_part, Images test_part);
  const DatasetInfo& info() const { return info_; }
  SplitView split(Split which) const;

 private:
  friend struct TestSplit;
  DatasetInfo info_;
  std::shared_ptr<const Images> train_, test_;  // shared: a view stays valid when its data set is moved
  std::vector<std::int32_t> order_;             // the fixed permutation of the official training part
};

}  // namespace mpq::datasets
