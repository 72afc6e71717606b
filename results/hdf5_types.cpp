#include "results/hdf5_types.h"

#include <string>

#include "results/hdf5_handle.h"

namespace mpq::results {

std::mutex& hdf5_mutex() {
  static std::mutex mutex;
  return mutex;
}

hid_t file_type(Dtype type) {
  switch (type) {
    case Dtype::f32:
      return H5T_IEEE_F32LE;
    case Dtype::f64:
      return H5T_IEEE_F64LE;
    case Dtype::i8:
      return H5T_STD_I8LE;
    case Dtype::u8:
      return H5T_STD_U8LE;
    case Dtype::i16:
      return H5T_STD_I16LE;
    case Dtype::i32:
      return H5T_STD_I32LE;
    case Dtype::i64:
      return H5T_STD_I64LE;
  }
  require(false, "an element type without an HDF5 type");
  return -1;
}

hid_t memory_type(Dtype type) {
  switch (type) {
    case Dtype::f32:
      return H5T_NATIVE_FLOAT;
    case Dtype::f64:
      return H5T_NATIVE_DOUBLE;
    case Dtype::i8:
      return H5T_NATIVE_INT8;
    case Dtype::u8:
      return H5T_NATIVE_UINT8;
    case Dtype::i16:
      return H5T_NATIVE_INT16;
    case Dtype::i32:
      return H5T_NATIVE_INT32;
    case Dtype::i64:
      return H5T_NATIVE_INT64;
  }
  require(false, "an element type without a type in memory");
  return -1;
}

Dtype dtype_of_dataset(hid_t dataset, const std::string& where) {
  const Handle type(H5Dget_type(dataset), H5Tclose, "an element type", where);
  for (const auto known : {Dtype::f32, Dtype::f64, Dtype::i8, Dtype::u8, Dtype::i16, Dtype::i32, Dtype::i64})
    if (H5Tequal(type, file_type(known)) > 0) return known;
  throw_input({"an array of a type that stage files do not have", where,
               "f32, f64, i8, u8, i16, i32 or i64, little-endian", "make the file again"});
}

}  // namespace mpq::results
