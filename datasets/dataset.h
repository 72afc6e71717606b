#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/options.h"
#include "core/random.h"

namespace mpq::datasets {

/// What every pixel byte of a channel becomes: (byte/255 − mean)/std, each step rounded to float32.
using ByteTable = std::array<float, 256>;

/// Keys the random draws of one picture's augmentation: (seed, "augment", epoch, index).
struct Augmentation {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  RandomStream stream(std::int64_t index) const {
    return {seed, "augment", static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(index)};
  }
};

/// The pictures of one official part of a data set, each brought to the size that networks take.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::int64_t size() const = 0;
  virtual std::int32_t label(std::int64_t index) const = 0;
  /// Writes picture `index` as float32 [height, width, channels]; null: as evaluation sees it. Called by
  /// several threads at once. Throws Error(input) naming the file that cannot be read.
  virtual void write(std::int64_t index, const Augmentation* augmentation,
                     const std::vector<ByteTable>& tables, float* out) const = 0;
  /// Writes what write() does for evaluation, after looking at all of the picture: damage is found also where
  /// write() has no need to look.
  virtual void verify(std::int64_t index, const std::vector<ByteTable>& tables, float* out) const {
    write(index, nullptr, tables, out);
  }
};

/// Pictures held in memory as bytes: pixels is [count, channels, height, width], labels is [count].
/// Augmented: 4 zeros around, random crop back, random left-right flip.
struct Images final : Source {
  std::int64_t count = 0;
  int channels = 3, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;

  Images() = default;
  Images(int c, int h, int w) : channels(c), height(h), width(w) {}
  std::int64_t image_bytes() const { return std::int64_t{channels} * height * width; }
  std::int64_t size() const override { return count; }
  std::int32_t label(std::int64_t index) const override { return labels[static_cast<std::size_t>(index)]; }
  void write(std::int64_t index, const Augmentation* augmentation, const std::vector<ByteTable>& tables,
             float* out) const override;
};

/// Facts about a data set, as data. `mean` and `std` are per channel, of pixel / 255.
struct DatasetInfo {
  std::string name, title, citation;
  int revision = 1;  ///< raised whenever the same files would give other numbers
  int classes = 0, channels = 3, height = 0, width = 0;
  std::array<float, 3> mean{}, std{};
  std::int64_t train_count = 0, test_count = 0;    ///< official parts
  std::int64_t search_count = 0, calib_count = 0;  ///< holdout is as large as search
  bool balanced_splits = false;                    ///< search and holdout take as many of every class
  bool crop_and_flip = true;                       ///< whether the training augmentation keeps the label
  std::string folder;  ///< folder below the data folder that holds the files; empty: made from a formula
  std::vector<OptionInfo> options;
};

/// Which images a piece of work may see (docs/architecture.md). There is no `test` here on purpose:
/// only datasets/test_split.h, which the worker alone may include, opens it.
enum class Split { train, calib, search, holdout };

std::string to_string(Split split);

/// Images of one split: indices into `images`, in a fixed order. `images` belongs to the data set.
struct SplitView {
  const Source* images = nullptr;
  std::vector<std::int32_t> indices;
  std::int64_t count() const { return static_cast<std::int64_t>(indices.size()); }
};

/// An opened data set. Membership of the splits comes from a permutation keyed by the data set's name
/// alone, so that no setting and no seed of a run can move an image from one split to another.
class Dataset {
 public:
  Dataset(DatasetInfo info, std::shared_ptr<const Source> train_part,
          std::shared_ptr<const Source> test_part);
  /// The same with parts in memory, whose shape must be the facts'.
  Dataset(DatasetInfo info, Images train_part, Images test_part);
  const DatasetInfo& info() const { return info_; }
  SplitView split(Split which) const;
  /// The same pictures under another mean and deviation by channel, of pixel / 255.
  void normalise_by(const std::array<float, 3>& mean, const std::array<float, 3>& std) {
    info_.mean = mean, info_.std = std;
  }

 private:
  friend struct TestSplit;
  DatasetInfo info_;
  std::shared_ptr<const Source> train_, test_;  // shared: a view stays valid when its data set is moved
  std::vector<std::int32_t> order_;             // the fixed permutation of the official training part
};

}  // namespace mpq::datasets
