#pragma once

#include <H5Cpp.h>
#include <torch/types.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace mpq::quant::golden {

/// Path of a recording, or "" if MPQ_GOLDEN does not name a folder that holds it.
inline std::string path_of(const std::string& file) {
  const char* folder = std::getenv("MPQ_GOLDEN");
  if (!folder) return "";
  const auto path = std::filesystem::path(folder) / file;
  return std::filesystem::exists(path) ? path.string() : "";
}

/// Names of the groups in `group` that begin with `prefix`.
inline std::vector<std::string> groups(const H5::Group& group, const std::string& prefix) {
  std::vector<std::string> names;
  for (hsize_t i = 0; i < group.getNumObjs(); ++i) {
    const auto name = group.getObjnameByIdx(i);
    if (group.getObjTypeByIdx(i) == H5G_GROUP && name.rfind(prefix, 0) == 0) names.push_back(name);
  }
  return names;
}

template <typename Source>  // a data set or an attribute
std::vector<std::int64_t> shape_of(const Source& source) {
  const auto space = source.getSpace();
  std::vector<hsize_t> dims(static_cast<std::size_t>(space.getSimpleExtentNdims()));
  if (!dims.empty()) space.getSimpleExtentDims(dims.data());
  return {dims.begin(), dims.end()};
}

/// A data set as float64, which holds every recorded type exactly.
inline torch::Tensor read(const H5::Group& group, const std::string& name) {
  const auto data = group.openDataSet(name);
  auto tensor = torch::empty(shape_of(data), torch::kFloat64);
  data.read(tensor.data_ptr<double>(), H5::PredType::NATIVE_DOUBLE);
  return tensor;
}

inline std::vector<double> numbers(const H5::Group& group, const std::string& name) {
  const auto attribute = group.openAttribute(name);
  std::vector<double> values(static_cast<std::size_t>(attribute.getSpace().getSimpleExtentNpoints()));
  attribute.read(H5::PredType::NATIVE_DOUBLE, values.data());
  return values;
}
inline double number(const H5::Group& group, const std::string& name) { return numbers(group, name).at(0); }

inline std::string text(const H5::Group& group, const std::string& name) {
  const auto attribute = group.openAttribute(name);
  std::string value;
  attribute.read(attribute.getStrType(), value);
  return value;
}

}  // namespace mpq::quant::golden
