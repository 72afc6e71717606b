#include <cstdint>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "results/hdf5_handle.h"
#include "results/hdf5_types.h"
#include "results/stage_file.h"
#include "results/user_block.h"

namespace mpq::results {
namespace {

// Far above what any stage holds; a file that announces more is wrong, whatever its checksum says.
constexpr std::uint64_t kMaxArrayBytes = std::uint64_t{1} << 36;
constexpr std::uint64_t kMaxTextBytes = std::uint64_t{1} << 28;
constexpr int kMaxGroupDepth = 16;

[[noreturn]] void throw_foreign(const std::string& what, const std::string& where) {
  throw_input({what, where, "a stage file as docs/results_format.md describes it", "make the file again"});
}

Handle open_for_reading(const std::string& path) {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file settings", path);
  // Files appear by renaming and never change, and network file systems often lack locks.
  check_hdf5(H5Pset_file_locking(access, false, true), "switching locks off", path);
  return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, "opening the file", path);
}

Json read_text(hid_t file, const char* name, const std::string& path) {
  const auto where = path + ", /" + name;
  const Handle data(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose, "opening a JSON part", where);
  const Handle type(H5Dget_type(data), H5Tclose, "an element type", where);
  const Handle space(H5Dget_space(data), H5Sclose, "an extent", where);
  const auto size = H5Tget_size(type);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || size > kMaxTextBytes ||
      H5Sget_simple_extent_npoints(space) != 1)
    throw_foreign("a JSON part is not one string of fixed length", where);
  std::string text(size, '\0');
  check_hdf5(H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()), "reading a JSON part", where);
  auto value = parse_json(text, where);
  if (!value.is_object()) throw_foreign("a JSON part is not an object", where);
  return value;
}

std::vector<std::int64_t> shape_of(hid_t data, std::size_t element_bytes, const std::string& where) {
  const Handle space(H5Dget_space(data), H5Sclose, "an extent", where);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || H5Sget_simple_extent_type(space) == H5S_NULL)
    throw_foreign("an array without an extent", where);
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  std::uint64_t bytes = element_bytes;
  for (const auto extent : extents) {
    if (extent != 0 && bytes > kMaxArrayBytes / extent) throw_foreign("an array of impossible size", where);
    bytes *= extent;
  }
  return {extents.begin(), extents.end()};
}

Array read_array(hid_t group, const std::string& name, const std::string& where) {
  const Handle data(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "opening an array", where);
  Array array;
  array.dtype = dtype_of_dataset(data, where);
  array.shape = shape_of(data, size_of(array.dtype), where);
  array.bytes.resize(static_cast<std::size_t>(array.count()) * size_of(array.dtype));
  if (!array.bytes.empty())
    check_hdf5(H5Dread(data, memory_type(array.dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()),
               "reading an array", where);
  return array;
}

class Walker {
 public:
  Walker(StageRecord& record, const std::string& path, const std::string& prefix)
      : record_(record), path_(path), prefix_(prefix) {}

  // `at` is the HDF5 path of `group` and ends in '/'.
  void walk(hid_t group, const std::string& at, int depth) {
    if (depth > kMaxGroupDepth) throw_foreign("groups nested too deep", path_ + ", " + at);
    H5G_info_t info{};
    check_hdf5(H5Gget_info(group, &info), "listing a group", path_ + ", " + at);
    for (hsize_t i = 0; i < info.nlinks; ++i) visit(group, at, name_of(group, i, at), depth);
  }

 private:
  std::string name_of(hid_t group, hsize_t i, const std::string& at) const {
    const auto length =
        H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
    if (length <= 0) throw_foreign("a group that cannot be listed", path_ + ", " + at);
    std::string name(static_cast<std::size_t>(length) + 1, '\0');
    H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT);
    name.pop_back();
    return name;
  }

  bool wanted(const std::string& path) const { return std::string_view(path).starts_with(prefix_); }
  bool on_the_way(const std::string& path) const {
    return wanted(path) || std::string_view(prefix_).starts_with(path);
  }

  void visit(hid_t group, const std::string& at, const std::string& name, int depth) {
    const auto path = at + name;
    const auto where = path_ + ", " + path;
    H5L_info_t link{};
    check_hdf5(H5Lget_info(group, name.c_str(), &link, H5P_DEFAULT), "reading a link", where);
    if (link.type != H5L_TYPE_HARD) throw_foreign("a link to somewhere else", where);
    const Handle object(H5Oopen(group, name.c_str(), H5P_DEFAULT), H5Oclose, "opening an object", where);
    const auto type = H5Iget_type(object);
    if (type == H5I_GROUP) {
      if (on_the_way(path + "/")) walk(object, path + "/", depth + 1);
    } else if (type != H5I_DATASET) {
      throw_foreign("neither a group nor an array", where);
    } else if (!is_text(path) && wanted(path)) {
      record_.arrays.emplace(path, read_array(group, name, where));
    }
  }

  static bool is_text(const std::string& path) {
    return path == "/settings" || path == "/environment" || path == "/summary";
  }

  StageRecord& record_;
  const std::string& path_;
  const std::string& prefix_;
};

}  // namespace

StageRecord read_stage_file(const std::string& path, const std::string& prefix) {
  const std::lock_guard guard(hdf5_mutex());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  verify_user_block(path);
  const auto file = open_for_reading(path);
  StageRecord record;
  record.settings = read_text(file, "settings", path);
  record.environment = read_text(file, "environment", path);
  record.summary = read_text(file, "summary", path);
  if (prefix == "none") return record;
  try {
    const Handle root(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose, "opening the root", path);
    Walker(record, path, prefix).walk(root, "/", 0);
  } catch (const std::bad_alloc&) {
    throw_foreign("an array larger than this machine's memory", path);
  }
  return record;
}

}  // namespace mpq::results
