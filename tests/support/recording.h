#pragma once

#include <H5Cpp.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

/// Reading recordings (MPQ_GOLDEN) without LibTorch.
namespace mpq::testing::recording {

/// Path of a recording, or "" if MPQ_GOLDEN does not name a folder that holds it.
inline std::string path_of(const std::string& file) {
  const char* folder = std::getenv("MPQ_GOLDEN");
  if (!folder) return "";
  const auto path = std::filesystem::path(folder) / file;
  return std::filesystem::exists(path) ? path.string() : "";
}

/// Names of the objects of one type in `group` that begin with `prefix`.
inline std::vector<std::string> names(const H5::Group& group, H5G_obj_t type,
                                      const std::string& prefix = "") {
  std::vector<std::string> found;
  for (hsize_t i = 0; i < group.getNumObjs(); ++i) {
    const auto name = group.getObjnameByIdx(i);
    if (group.getObjTypeByIdx(i) == type && name.starts_with(prefix)) found.push_back(name);
  }
  return found;
}
inline std::vector<std::string> groups(const H5::Group& group, const std::string& prefix = "") {
  return names(group, H5G_GROUP, prefix);
}
inline std::vector<std::string> datasets(const H5::Group& group, const std::string& prefix = "") {
  return names(group, H5G_DATASET, prefix);
}
inline bool has(const H5::Group& group, const std::string& name) { return group.nameExists(name); }

template <class Source>  // a data set or an attribute
std::vector<std::int64_t> shape_of(const Source& source) {
  const auto space = source.getSpace();
  std::vector<hsize_t> dims(static_cast<std::size_t>(space.getSimpleExtentNdims()));
  if (!dims.empty()) space.getSimpleExtentDims(dims.data());
  return {dims.begin(), dims.end()};
}

/// All values of a data set, row-major, as float64, which holds every recorded type exactly.
inline std::vector<double> values(const H5::Group& group, const std::string& name) {
  const auto data = group.openDataSet(name);
  std::vector<double> all(static_cast<std::size_t>(data.getSpace().getSimpleExtentNpoints()));
  data.read(all.data(), H5::PredType::NATIVE_DOUBLE);
  return all;
}

inline std::vector<std::uint8_t> bytes(const H5::Group& group, const std::string& name) {
  const auto data = group.openDataSet(name);
  std::vector<std::uint8_t> all(static_cast<std::size_t>(data.getSpace().getSimpleExtentNpoints()));
  data.read(all.data(), H5::PredType::NATIVE_UINT8);
  return all;
}

inline std::vector<double> numbers(const H5::H5Object& of, const std::string& name) {
  const auto attribute = of.openAttribute(name);
  std::vector<double> all(static_cast<std::size_t>(attribute.getSpace().getSimpleExtentNpoints()));
  attribute.read(H5::PredType::NATIVE_DOUBLE, all.data());
  return all;
}
inline double number(const H5::H5Object& of, const std::string& name) { return numbers(of, name).at(0); }
inline int whole(const H5::H5Object& of, const std::string& name) {
  return static_cast<int>(number(of, name));
}

inline std::string text(const H5::H5Object& of, const std::string& name) {
  const auto attribute = of.openAttribute(name);
  std::string value;
  attribute.read(attribute.getStrType(), value);
  return value;
}
/// An attribute that is a list of strings.
inline std::vector<std::string> texts(const H5::H5Object& of, const std::string& name) {
  const auto attribute = of.openAttribute(name);
  std::vector<char*> raw(static_cast<std::size_t>(attribute.getSpace().getSimpleExtentNpoints()));
  const auto type = attribute.getStrType();
  attribute.read(type, raw.data());
  std::vector<std::string> all(raw.begin(), raw.end());
  H5Dvlen_reclaim(type.getId(), attribute.getSpace().getId(), H5P_DEFAULT, raw.data());
  return all;
}

}  // namespace mpq::testing::recording
