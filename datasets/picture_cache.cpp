#include "datasets/picture_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "core/error.h"
#include "core/file.h"

namespace fs = std::filesystem;

namespace mpq::datasets {
namespace {

constexpr std::string_view kMagic = "mpq.pic1";
constexpr std::string_view kEnding = ".pictures";
constexpr std::size_t kEntryBytes = 12;  // end (8), CRC-32 (4)

// A folder that cannot be listed is one without caches: pictures are read as they are.
std::vector<std::string> cache_files(const std::string& data_folder, const std::string& set) {
  std::vector<std::string> paths;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(data_folder + "/cache", absent))
    if (entry.path().filename().string().starts_with(set + "-")) paths.push_back(entry.path().string());
  return paths;
}

std::uint64_t table_bytes(std::int64_t count) {
  return kMagic.size() + 8 + kEntryBytes * static_cast<std::uint64_t>(count);
}

void put(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint64_t get(const unsigned char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

std::uint32_t checksum_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

}  // namespace

bool has_picture_cache(const std::string& data_folder, const std::string& set) {
  const auto files = cache_files(data_folder, set);
  return std::any_of(files.begin(), files.end(), [](const auto& path) { return path.ends_with(kEnding); });
}

void remove_unfinished_caches(const std::string& data_folder, const std::string& set) {
  const std::string mark = std::string(kEnding) + ".tmp-";
  for (const auto& path : cache_files(data_folder, set)) {
    const auto at = path.rfind(mark);
    if (at == std::string::npos) continue;
    const int writer = std::atoi(path.c_str() + at + mark.size());
    // A number that is ours is an earlier process's: in containers it is always the same.
    const bool gone = writer == ::getpid() || (writer > 0 && ::kill(writer, 0) != 0 && errno == ESRCH);
    if (gone) ::unlink(path.c_str());
  }
}

std::string picture_cache_path(const std::string& data_folder, const std::string& set,
                               const std::string& content, const std::string& part) {
  return data_folder + "/cache/" + set + "-" + content.substr(0, 16) + "-" + part + std::string(kEnding);
}

std::int64_t decoded_bytes(const PictureStore& store, const PicturePreparation& how) {
  constexpr std::int64_t kLookedAt = 1000;
  const auto every = std::max<std::int64_t>(1, (store.size() + kLookedAt - 1) / kLookedAt);
  std::int64_t looked_at = 0, bytes = 0;
  for (std::int64_t i = 0; i < store.size(); i += every, ++looked_at) {
    const auto size = read_picture_size(store.bytes(i), store.name(i), {.by_content = how.by_content});
    bytes += 16 + std::int64_t{3} * size.height * size.width;
  }
  const auto share = static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(1, looked_at));
  return static_cast<std::int64_t>(table_bytes(store.size())) +
         std::llround(share * static_cast<double>(store.size()));
}

void write_picture_cache(const PictureStore& store, const PicturePreparation& how, const std::string& path,
                         const ProgressSink& sink) {
  write_whole(path, [&](FileWriter& file) {
    // The table comes first and is known last.
    const auto head = table_bytes(store.size());
    file.seek(head);
    std::string table(kMagic);
    put(table, static_cast<std::uint64_t>(store.size()), 8);
    std::uint64_t end = head;
    Progress progress(sink, "decode", static_cast<double>(store.size()), "picture");
    for (std::int64_t i = 0; i < store.size(); ++i) {
      const auto pixels =
          encode_pixels(decode_picture(store.bytes(i), store.name(i), {.by_content = how.by_content}));
      file.append(pixels);
      end += pixels.size();
      put(table, end, 8);
      put(table, checksum_of(pixels), 4);
      progress.update(static_cast<double>(i + 1));
    }
    file.seek(0);
    file.append(table);
  });
}

CachedPictures::CachedPictures(std::shared_ptr<const PictureStore> from, std::string path)
    : from_(std::move(from)),
      path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0)
    throw_input({"the cache cannot be opened: " + std::string(std::strerror(errno)), path_, "a readable file",
                 "remove it, or make it anew: mpq data cache NAME"});
  try {
    read_table();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

CachedPictures::~CachedPictures() { ::close(descriptor_); }

void CachedPictures::refuse(const std::string& what, const std::string& expected) const {
  throw_input({what, path_, expected, "remove it, or make it anew: mpq data cache NAME"});
}

void CachedPictures::read_at(std::uint64_t offset, void* to, std::size_t count) const {
  auto* out = static_cast<char*>(to);
  while (count > 0) {
    const auto got = ::pread(descriptor_, out, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) refuse("the cache ends at byte " + std::to_string(offset), "a whole file");
    out += got, offset += static_cast<std::uint64_t>(got), count -= static_cast<std::size_t>(got);
  }
}

void CachedPictures::read_table() {
  struct stat status {};
  const auto head = table_bytes(size());
  if (::fstat(descriptor_, &status) != 0 || static_cast<std::uint64_t>(status.st_size) < head)
    refuse("the cache is cut in its table", "a whole file");
  std::vector<unsigned char> table(head);
  read_at(0, table.data(), table.size());
  if (std::memcmp(table.data(), kMagic.data(), kMagic.size()) != 0)
    refuse("this is no cache", "a cache of pictures");
  const auto count = get(table.data() + kMagic.size(), 8);
  if (count != static_cast<std::uint64_t>(size()))
    refuse("the cache holds " + std::to_string(count) + " pictures", std::to_string(size()) + " pictures");
  auto before = head;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* entry = table.data() + kMagic.size() + 8 + kEntryBytes * i;
    entries_.push_back({get(entry, 8), static_cast<std::uint32_t>(get(entry + 8, 4))});
    if (entries_.back().end <= before || entries_.back().end > static_cast<std::uint64_t>(status.st_size))
      refuse("picture " + std::to_string(i) + " of the cache lies outside the file", "a whole file");
    before = entries_.back().end;
  }
}

std::string CachedPictures::name(std::int64_t index) const {
  return path_ + " picture " + std::to_string(index);
}

std::string CachedPictures::bytes(std::int64_t index) const {
  const auto at = static_cast<std::size_t>(index);
  const auto begin = at == 0 ? table_bytes(size()) : entries_.at(at - 1).end;
  std::string pixels(entries_.at(at).end - begin, '\0');
  read_at(begin, pixels.data(), pixels.size());
  if (checksum_of(pixels) != entries_[at].checksum)
    refuse("picture " + std::to_string(index) + " of the cache is damaged",
           "CRC-32 " + std::to_string(entries_[at].checksum));
  return pixels;
}

}  // namespace mpq::datasets
