#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
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
// HDF5 unpacks a chunk whole, whatever part of it is wanted; the writer's have 1 MiB.
constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{1} << 24;
// The most that deflate can make of a byte: 258 of them from two bits.
constexpr std::uint64_t kMaxExpansion = 1032;

[[noreturn]] void throw_foreign(const std::string& what, const std::string& where) {
  throw_input({what, where, "a stage file as docs/results_format.md describes it", "make the file again"});
}

Handle open_for_reading(const std::string& path) {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file settings", path);
  // Files appear by renaming and never change, and network file systems often lack locks.
  check_hdf5(H5Pset_file_locking(access, false, true), "switching locks off", path);
  return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, "opening the file", path);
}

void check_chunks(hid_t creation, std::size_t element_bytes, const std::string& where) {
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, extents.data());
  std::uint64_t bytes = element_bytes;
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(rank, 0)); ++i) {
    if (extents[i] == 0 || bytes > kMaxChunkBytes / extents[i])
      throw_foreign("an array in chunks of impossible size", where);
    bytes *= extents[i];
  }
  for (int i = 0; i < H5Pget_nfilters(creation); ++i) {
    unsigned flags = 0, values[8] = {};
    std::size_t count = std::size(values);
    const auto filter =
        H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &count, values, 0, nullptr, nullptr);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE)
      throw_foreign("an array that is packed otherwise than stage files are", where);
  }
}

/// Asked before anything else of an open dataset: throws Error(input) if its bytes lie in other files, which
/// HDF5 would open, or are packed as the writer never does. Returns whether they are packed.
bool check_storage(hid_t data, std::size_t element_bytes, const std::string& where) {
  const Handle creation(H5Dget_create_plist(data), H5Pclose, "how an array is stored", where);
  const auto layout = H5Pget_layout(creation);
  if (layout == H5D_VIRTUAL || H5Pget_external_count(creation) != 0)
    throw_foreign("an array whose bytes lie in another file", where);
  if (layout == H5D_CHUNKED) check_chunks(creation, element_bytes, where);
  return layout == H5D_CHUNKED;
}

/// What a file can still hold. The bytes that a dataset announces have to be there, once for each dataset,
/// before memory is taken for them.
class Room {
 public:
  explicit Room(std::uint64_t file_bytes) : left_(file_bytes) {}
  /// Throws Error(input) unless `bytes` of values can come out of what the file stores of the dataset.
  void take(hid_t data, std::uint64_t bytes, bool packed, const std::string& where) {
    const std::uint64_t stored = H5Dget_storage_size(data);
    if (stored > left_ || bytes > stored * (packed ? kMaxExpansion : 1))
      throw_foreign("an array that announces more than the file holds", where);
    left_ -= stored;
  }

 private:
  std::uint64_t left_;
};

Json read_text(hid_t file, const char* name, const std::string& path, Room& room) {
  const auto where = path + ", /" + name;
  const Handle data(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose, "opening a JSON part", where);
  const Handle type(H5Dget_type(data), H5Tclose, "an element type", where);
  const auto size = H5Tget_size(type);
  const bool packed = check_storage(data, size, where);
  const Handle space(H5Dget_space(data), H5Sclose, "an extent", where);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || size > kMaxTextBytes ||
      H5Sget_simple_extent_npoints(space) != 1)
    throw_foreign("a JSON part is not one string of fixed length", where);
  room.take(data, size, packed, where);
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

Array read_array(hid_t group, const std::string& name, const std::string& where, Room& room) {
  const Handle data(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "opening an array", where);
  Array array;
  array.dtype = dtype_of_dataset(data, where);
  const bool packed = check_storage(data, size_of(array.dtype), where);
  array.shape = shape_of(data, size_of(array.dtype), where);
  const auto bytes = static_cast<std::size_t>(array.count()) * size_of(array.dtype);
  room.take(data, bytes, packed, where);
  array.bytes.resize(bytes);
  if (!array.bytes.empty())
    check_hdf5(H5Dread(data, memory_type(array.dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()),
               "reading an array", where);
  return array;
}

class Walker {
 public:
  Walker(StageRecord& record, const std::string& path, const std::string& prefix, Room& room)
      : record_(record), path_(path), prefix_(prefix), room_(room) {}

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
      record_.arrays.emplace(path, read_array(group, name, where, room_));
    }
  }

  static bool is_text(const std::string& path) {
    return path == "/settings" || path == "/environment" || path == "/summary";
  }

  StageRecord& record_;
  const std::string& path_;
  const std::string& prefix_;
  Room& room_;
};

}  // namespace

StageRecord read_stage_file(const std::string& path, const std::string& prefix) {
  const std::lock_guard guard(hdf5_mutex());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  verify_user_block(path);
  const auto file = open_for_reading(path);
  std::error_code unreadable;  // then nothing fits
  const auto file_bytes = std::filesystem::file_size(path, unreadable);
  Room room(unreadable ? 0 : file_bytes);
  StageRecord record;
  record.settings = read_text(file, "settings", path, room);
  record.environment = read_text(file, "environment", path, room);
  record.summary = read_text(file, "summary", path, room);
  if (prefix == "none") return record;
  try {
    const Handle root(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose, "opening the root", path);
    Walker(record, path, prefix, room).walk(root, "/", 0);
  } catch (const std::bad_alloc&) {
    throw_foreign("an array larger than this machine's memory", path);
  }
  return record;
}

}  // namespace mpq::results
