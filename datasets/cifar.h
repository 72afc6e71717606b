#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/registry.h"

namespace mpq::datasets {

/// One label byte of a record: its name in messages, and how many classes it counts.
struct LabelByte {
  std::string name;
  int classes;
};

/// One of the two official binary formats: a record is its label bytes, then 3×32×32 pixel bytes (all of
/// red, green, blue). The last label byte is the label. Source: the "binary version" section of
/// https://www.cs.toronto.edu/~kriz/cifar.html.
struct CifarFormat {
  std::string title;    ///< "CIFAR-10"
  std::string archive;  ///< the official file that holds this version
  std::vector<LabelByte> labels;

  std::int64_t record_bytes() const { return static_cast<std::int64_t>(labels.size()) + 3 * 32 * 32; }
};

CifarFormat cifar10_format();
CifarFormat cifar100_format();

/// Reads files of `records` records each, one after the other. Throws Error(input) naming file, byte offset
/// and what was expected; sizes are checked before any memory is taken.
Images read_cifar(const CifarFormat& format, const std::vector<std::string>& paths, std::int64_t records);

/// A registered data set whose official parts are `train_files`, of equal size, and `test_file`, all below
/// `info.folder`.
Entry cifar_entry(DatasetInfo info, CifarFormat format, std::vector<std::string> train_files,
                  std::string test_file);

}  // namespace mpq::datasets
