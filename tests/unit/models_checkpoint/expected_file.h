#pragma once

#include <H5Cpp.h>
#include <torch/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/checkpoint.h"

namespace mpq::testing {

/// `<file>.expected.h5`: what a checkpoint of the golden folder holds.
struct ExpectedFile {
  std::string file, sha256, scalars, metadata;  ///< the last two empty if there are none
  std::map<std::string, models::StateDict> dictionaries;
  /// Per dictionary, the names without "module."; empty where the attribute is missing.
  std::map<std::string, std::vector<std::string>> stripped;
};

inline std::string attribute(const H5::H5Object& object, const std::string& name) {
  if (!object.attrExists(name)) return {};
  std::string value;
  const auto found = object.openAttribute(name);
  found.read(found.getStrType(), value);
  return value;
}

inline std::pair<torch::ScalarType, torch::ScalarType> types_of(const std::string& dtype) {
  // the tensor's type, and the type in which HDF5 holds it
  if (dtype == "float16") return {torch::kFloat16, torch::kFloat32};
  if (dtype == "bfloat16") return {torch::kBFloat16, torch::kFloat32};
  if (dtype == "float32") return {torch::kFloat32, torch::kFloat32};
  if (dtype == "float64") return {torch::kFloat64, torch::kFloat64};
  if (dtype == "int64") return {torch::kInt64, torch::kInt64};
  if (dtype == "int32") return {torch::kInt32, torch::kInt32};
  if (dtype == "int16") return {torch::kInt16, torch::kInt16};
  if (dtype == "int8") return {torch::kInt8, torch::kInt8};
  if (dtype == "uint8") return {torch::kUInt8, torch::kUInt8};
  if (dtype == "bool") return {torch::kBool, torch::kUInt8};
  throw std::runtime_error("a golden checkpoint has the unknown type " + dtype);
}

inline H5::PredType memory_type(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat32:
      return H5::PredType::NATIVE_FLOAT;
    case torch::kFloat64:
      return H5::PredType::NATIVE_DOUBLE;
    case torch::kInt64:
      return H5::PredType::NATIVE_INT64;
    case torch::kInt32:
      return H5::PredType::NATIVE_INT32;
    case torch::kInt16:
      return H5::PredType::NATIVE_INT16;
    case torch::kInt8:
      return H5::PredType::NATIVE_INT8;
    default:
      return H5::PredType::NATIVE_UINT8;
  }
}

inline torch::Tensor read_tensor(const H5::DataSet& data) {
  const auto shape_attribute = data.openAttribute("shape");
  std::vector<std::int64_t> shape(
      static_cast<std::size_t>(shape_attribute.getSpace().getSimpleExtentNpoints()));
  if (!shape.empty()) shape_attribute.read(H5::PredType::NATIVE_INT64, shape.data());
  const auto [type, held] = types_of(attribute(data, "dtype"));
  auto tensor = torch::empty(shape, torch::TensorOptions().dtype(held));
  if (tensor.numel() > 0) data.read(tensor.data_ptr(), memory_type(held));
  return tensor.to(type);
}

inline ExpectedFile read_expected(const std::string& path) {
  const H5::H5File file(path, H5F_ACC_RDONLY);
  const auto root = file.openGroup("/");
  ExpectedFile expected{attribute(root, "file"),
                        attribute(root, "sha256"),
                        attribute(root, "scalars"),
                        attribute(root, "metadata"),
                        {},
                        {}};
  for (hsize_t g = 0; g < root.getNumObjs(); ++g) {
    const auto name = root.getObjnameByIdx(g);
    const auto group = root.openGroup(name);
    auto& tensors = expected.dictionaries[name];
    for (hsize_t i = 0; i < group.getNumObjs(); ++i) {
      const auto data = group.openDataSet(group.getObjnameByIdx(i));
      tensors.emplace_back(attribute(data, "name"), read_tensor(data));
      expected.stripped[name].push_back(attribute(data, "name_without_prefix"));
    }
  }
  return expected;
}

/// Whether two tensors have the same type, shape and bits; the payload of a NaN does not matter.
inline bool same_tensor(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.scalar_type() != b.scalar_type() || a.sizes() != b.sizes()) return false;
  if (!a.is_floating_point()) return a.equal(b);
  const auto x = a.to(torch::kFloat64).contiguous(), y = b.to(torch::kFloat64).contiguous();
  const auto same_bits = x.view(torch::kInt64).eq(y.view(torch::kInt64));
  return same_bits.logical_or(x.isnan().logical_and(y.isnan())).all().item<bool>();
}

}  // namespace mpq::testing
