#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "tests/support/recording.h"

/// Recordings as tensors.
namespace mpq::quant::golden {

using mpq::testing::recording::path_of;
using mpq::testing::recording::shape_of;

inline std::vector<std::string> groups(const H5::Group& group, const std::string& prefix) {
  return mpq::testing::recording::groups(group, prefix);
}

/// A data set as float64, which holds every recorded type exactly.
inline torch::Tensor read(const H5::Group& group, const std::string& name) {
  const auto data = group.openDataSet(name);
  auto tensor = torch::empty(shape_of(data), torch::kFloat64);
  data.read(tensor.data_ptr<double>(), H5::PredType::NATIVE_DOUBLE);
  return tensor;
}

using mpq::testing::recording::number;
using mpq::testing::recording::numbers;
using mpq::testing::recording::text;

}  // namespace mpq::quant::golden
