#pragma once

#include <hdf5.h>

#include <mutex>

#include "core/array.h"

namespace mpq::results {

/// Debian's HDF5 is built without thread safety; every use goes through this mutex.
std::mutex& hdf5_mutex();

/// The little-endian type in the file.
hid_t file_type(Dtype type);
/// The type of this machine's memory.
hid_t memory_type(Dtype type);
/// The element type of an open dataset. Throws Error(input) naming `where` for any other than ours.
Dtype dtype_of_dataset(hid_t dataset, const std::string& where);

}  // namespace mpq::results
