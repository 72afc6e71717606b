#include "results/stage_file.h"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"
#include "results/hdf5_handle.h"
#include "results/hdf5_types.h"
#include "results/user_block.h"

namespace mpq::results {
namespace {

constexpr std::size_t kCompressFromBytes = std::size_t{64} << 10;
constexpr hsize_t kChunkBytes = hsize_t{1} << 20;

// HDF5 builds the image in memory and never touches the disk: a library that fails to flush at exit
// cannot be told what to do, but one write() of finished bytes can.
Handle image_access(const std::string& where) {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file settings", where);
  check_hdf5(H5Pset_fapl_core(access, std::size_t{1} << 20, false), "the memory driver", where);
  check_hdf5(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18), "the file version", where);
  return access;
}

// Times would make equal records unequal files. Tracking the order of attributes, of which there are
// none, makes HDF5 use the newer object headers, which carry checksums of their own.
Handle plain_creation(hid_t property_class, const std::string& where) {
  Handle list(H5Pcreate(property_class), H5Pclose, "creation settings", where);
  check_hdf5(H5Pset_obj_track_times(list, false), "switching times off", where);
  check_hdf5(H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED), "the order of attributes", where);
  if (property_class != H5P_DATASET_CREATE)
    check_hdf5(H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED), "the order of links", where);
  return list;
}

Handle new_image(const std::string& where) {
  const auto access = image_access(where);
  const auto creation = plain_creation(H5P_FILE_CREATE, where);
  check_hdf5(H5Pset_userblock(creation, kUserBlockBytes), "the user block", where);
  return Handle(H5Fcreate("stage", H5F_ACC_TRUNC, creation, access), H5Fclose, "creating the image", where);
}

void write_text(hid_t file, const char* name, const Json& value, const std::string& where) {
  const auto text = text_of(value);
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, name, where);
  check_hdf5(H5Tset_size(type, text.size()), name, where);
  check_hdf5(H5Tset_cset(type, H5T_CSET_UTF8), name, where);
  check_hdf5(H5Tset_strpad(type, H5T_STR_NULLPAD), name, where);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose, name, where);
  const auto creation = plain_creation(H5P_DATASET_CREATE, where);
  const Handle data(H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose, name,
                    where);
  check_hdf5(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()), name, where);
}

// Every folder in front of the last name, outermost first, each made once.
void make_groups(hid_t file, const std::string& path, const StageRecord& record, std::set<std::string>& made,
                 const std::string& where) {
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto group = path.substr(0, slash);
    require(!record.arrays.contains(group), "'" + group + "' cannot be an array and a group");
    if (!made.insert(group).second) continue;
    const auto creation = plain_creation(H5P_GROUP_CREATE, where);
    const Handle made_group(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose,
                            group, where);
  }
}

std::vector<hsize_t> chunk_of(std::vector<hsize_t> shape, std::size_t element_bytes) {
  const auto bytes = [&] {
    hsize_t all = element_bytes;
    for (const auto extent : shape) all *= extent;
    return all;
  };
  for (auto& extent : shape)
    while (extent > 1 && bytes() > kChunkBytes) extent = (extent + 1) / 2;
  return shape;
}

void write_array(hid_t file, const std::string& path, const Array& array, const std::string& where) {
  const std::vector<hsize_t> shape(array.shape.begin(), array.shape.end());
  const Handle space(shape.empty() ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                     H5Sclose, path, where);
  const auto creation = plain_creation(H5P_DATASET_CREATE, where);
  if (array.bytes.size() >= kCompressFromBytes) {
    const auto chunk = chunk_of(shape, size_of(array.dtype));
    check_hdf5(H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data()), path, where);
    check_hdf5(H5Pset_shuffle(creation), path, where);
    check_hdf5(H5Pset_deflate(creation, 4), path, where);
  }
  const Handle data(
      H5Dcreate2(file, path.c_str(), file_type(array.dtype), space, H5P_DEFAULT, creation, H5P_DEFAULT),
      H5Dclose, path, where);
  if (array.bytes.empty()) return;
  check_hdf5(H5Dwrite(data, memory_type(array.dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()),
             path, where);
}

// A wrong path or shape is our mistake: no user can name an array.
void require_sound(const std::string& path, const Array& array) {
  const bool absolute = path.size() > 1 && path.front() == '/' && path.back() != '/';
  bool good = absolute && path.find("//") == std::string::npos && path.find('\0') == std::string::npos;
  for (const auto* part : {"/settings", "/environment", "/summary"})
    good = good && path != part && !path.starts_with(std::string(part) + "/");
  good =
      good && (path + "/").find("/./") == std::string::npos && (path + "/").find("/../") == std::string::npos;
  require(good, "an array cannot be stored under the path '" + path + "'");
  require(static_cast<std::int64_t>(array.bytes.size()) ==
              array.count() * static_cast<std::int64_t>(size_of(array.dtype)),
          "the array '" + path + "' has another number of bytes than its shape says");
}

// What follows the user block: HDF5 counts from the block's end.
std::string payload_bytes(hid_t file, const std::string& where) {
  check_hdf5(H5Fflush(file, H5F_SCOPE_GLOBAL), "finishing the image", where);
  const auto size = H5Fget_file_image(file, nullptr, 0);
  require(size > 0, "HDF5 made no image of a stage");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  require(H5Fget_file_image(file, bytes.data(), bytes.size()) == size,
          "HDF5 gave another image than announced");
  return bytes;
}

}  // namespace

void write_stage_file(const std::string& path, const StageRecord& record) {
  const std::lock_guard guard(hdf5_mutex());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const auto file = new_image(path);
  write_text(file, "settings", record.settings, path);
  write_text(file, "environment", record.environment, path);
  write_text(file, "summary", record.summary, path);
  std::set<std::string> groups;
  for (const auto& [name, array] : record.arrays) {
    require_sound(name, array);
    make_groups(file, name, record, groups, path);
    write_array(file, name, array, path);
  }
  auto bytes = payload_bytes(file, path);
  bytes.insert(0, make_user_block(bytes));
  write_whole(path, std::string_view(bytes));
}

}  // namespace mpq::results
