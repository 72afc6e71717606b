#include "datasets/tar_index.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "core/error.h"

namespace mpq::datasets {
namespace {

constexpr std::int64_t kBlock = 512;
constexpr std::int64_t kMostMemberBytes = std::int64_t{1} << 32;
constexpr std::size_t kMostMembers = 20'000'000;
constexpr std::int64_t kMostPaxBytes = std::int64_t{1} << 20;

[[noreturn]] void refuse(const std::string& what, const std::string& path, std::int64_t at) {
  throw_input({what, path + ", byte offset " + std::to_string(at),
               "an uncompressed tar archive of regular files",
               "get the archive again, or pack it anew with plain relative names"});
}

/// Part of a file, read by libarchive piece by piece.
class Window {
 public:
  Window(const std::string& path, std::int64_t begin, std::int64_t length) : path_(path), at_(begin) {
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
      const std::string reason = fd_ < 0 ? std::strerror(errno) : "not a regular file";
      if (fd_ >= 0) ::close(fd_);
      throw_input({"cannot open the archive: " + reason, path, "a readable tar file", "check the path"});
    }
    end_ = length < 0 ? status.st_size : std::min<std::int64_t>(status.st_size, begin + length);
  }
  ~Window() { ::close(fd_); }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  std::int64_t end() const { return end_; }
  bool begins_with(std::string_view magic) const {
    std::string found(magic.size(), '\0');
    return ::pread(fd_, found.data(), found.size(), at_) == static_cast<ssize_t>(found.size()) &&
           found == magic;
  }

  /// Up to `count` bytes from `at`, without moving.
  std::string peek(std::int64_t at, std::int64_t count) const {
    std::string found(
        static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, std::max<std::int64_t>(0, end_ - at))),
        '\0');
    const auto got = ::pread(fd_, found.data(), found.size(), at);
    found.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return found;
  }

  la_ssize_t read(const void** piece) {
    *piece = buffer_.data();
    const auto wanted = std::min<std::int64_t>(std::ssize(buffer_), end_ - at_);
    if (wanted <= 0) return 0;
    const auto got = ::pread(fd_, buffer_.data(), static_cast<std::size_t>(wanted), at_);
    if (got > 0) at_ += got;
    return got;
  }
  la_int64_t skip(la_int64_t count) {
    const auto moved = std::clamp<std::int64_t>(count, 0, end_ - at_);
    at_ += moved;
    return moved;
  }

 private:
  const std::string& path_;
  int fd_ = -1;
  std::int64_t at_ = 0, end_ = 0;
  std::array<char, 16 * 1024> buffer_;
};

la_ssize_t read_piece(archive*, void* window, const void** piece) {
  return static_cast<Window*>(window)->read(piece);
}
la_int64_t skip_piece(archive*, void* window, la_int64_t count) {
  return static_cast<Window*>(window)->skip(count);
}

/// An archive opened at an offset; offsets below count from the beginning of the file.
class Reader {
 public:
  Reader(const std::string& path, std::int64_t begin, std::int64_t length)
      : path_(path),
        begin_(begin),
        window_(path, begin, length),
        handle_(archive_read_new(), archive_read_free) {
    require(handle_ != nullptr, "libarchive cannot be set up");
    if (window_.end() <= begin) refuse("the archive is empty", path, begin);
    if (window_.begins_with("\x1f\x8b")) refuse("the archive is compressed with gzip", path, begin);
    archive_read_support_format_tar(handle_.get());
    archive_read_set_read_callback(handle_.get(), read_piece);
    archive_read_set_skip_callback(handle_.get(), skip_piece);
    archive_read_set_callback_data(handle_.get(), &window_);
    if (archive_read_open1(handle_.get()) != ARCHIVE_OK) fail();
  }

  /// The next header, or null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(handle_.get(), &entry);
    if (code == ARCHIVE_EOF) return nullptr;
    if (code != ARCHIVE_OK) fail();
    return entry;
  }
  std::int64_t header_at() const { return begin_ + archive_read_header_position(handle_.get()); }
  const Window& window() const { return window_; }

  std::string read(std::int64_t size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    for (std::int64_t done = 0; done < size;) {
      const auto got =
          archive_read_data(handle_.get(), bytes.data() + done, static_cast<std::size_t>(size - done));
      if (got < 0) fail();
      if (got == 0) refuse("a member ends early", path_, header_at());
      done += got;
    }
    return bytes;
  }

 private:
  [[noreturn]] void fail() {
    const char* reason = archive_error_string(handle_.get());
    refuse(std::string("the archive cannot be read: ") + (reason ? reason : "unknown"), path_, header_at());
  }

  const std::string& path_;
  std::int64_t begin_;
  Window window_;
  std::unique_ptr<archive, int (*)(archive*)> handle_;
};

bool leads_elsewhere(const std::string& name) {
  if (name.empty() || name.front() == '/') return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    if (name.compare(begin, end - begin, "..") == 0) return true;
    begin = end + 1;
  }
  return std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// Headers before a member's own may set any name, and libarchive ends it at a NUL without a word: those of
// pax (x, X, g), which hold none, and GNU's long names (L, K), which end with one. A list of rights (A) and a
// volume's label (V) may come between.
void refuse_nul_in_name(const Window& window, const std::string& path, std::int64_t at) {
  constexpr std::string_view kBefore = "xXgLKAV";
  for (auto header = window.peek(at, kBlock); header.size() == kBlock; header = window.peek(at, kBlock)) {
    const char type = header[156];
    if (kBefore.find(type) == std::string_view::npos) return;
    const bool octal = (static_cast<unsigned char>(header[124]) & 0x80) == 0;
    const auto size = octal ? std::strtoll(header.substr(124, 12).c_str(), nullptr, 8) : -1;
    if (size < 0 || size > kMostPaxBytes)
      refuse("a header of " + std::to_string(size) + " bytes before a member", path, at);
    auto text = window.peek(at + kBlock, size);
    while ((type == 'L' || type == 'K') && text.ends_with('\0')) text.pop_back();
    if (type != 'A' && text.find('\0') != std::string::npos)
      refuse(std::string("a header of type ") + type + " with a NUL", path, at);
    at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
}

TarMember check_member(archive_entry* entry, const std::string& path, std::int64_t at, std::int64_t end) {
  const char* raw = archive_entry_pathname(entry);
  const std::string name = raw ? raw : "";
  if (name.empty()) refuse("a member without a name", path, at);
  if (leads_elsewhere(name))
    refuse("the member '" + name.substr(0, 200) + "' leads out of the archive", path, at);
  if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
    refuse("the member '" + name + "' is a link", path, at);
  if (archive_entry_filetype(entry) != AE_IFREG)
    refuse("the member '" + name + "' is no regular file", path, at);
  if (archive_entry_sparse_count(entry) > 0) refuse("the member '" + name + "' is sparse", path, at);
  const std::int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1;
  if (size < 0 || size > kMostMemberBytes || at + kBlock + size > end)
    refuse("the member '" + name + "' announces " + std::to_string(size) + " bytes", path, at);
  return {name, at, size};
}

}  // namespace

std::vector<TarMember> list_tar(const std::string& path, std::int64_t begin, std::int64_t length) {
  Reader reader(path, begin, length);
  std::vector<TarMember> members;
  std::unordered_set<std::string> names;
  while (auto* entry = reader.next()) {
    if (archive_entry_filetype(entry) == AE_IFDIR && !archive_entry_hardlink(entry)) {
      const char* raw = archive_entry_pathname(entry);
      if (!raw || leads_elsewhere(raw)) refuse("a folder leads out of the archive", path, reader.header_at());
      continue;
    }
    refuse_nul_in_name(reader.window(), path, reader.header_at());
    auto member = check_member(entry, path, reader.header_at(), reader.window().end());
    if (!names.insert(member.name).second)
      refuse("the member '" + member.name + "' comes for the second time", path, member.header_at);
    if (members.size() >= kMostMembers) refuse("there are too many members", path, member.header_at);
    members.push_back(std::move(member));
  }
  if (members.empty()) refuse("the archive has no files", path, begin);
  return members;
}

std::string read_tar_member(const std::string& path, const TarMember& member) {
  Reader reader(path, member.header_at, -1);
  auto* entry = reader.next();
  const char* raw = entry ? archive_entry_pathname(entry) : nullptr;
  if (!raw || member.name != raw || archive_entry_size(entry) != member.size)
    refuse("the archive has changed: '" + member.name + "' is not where it was", path, member.header_at);
  return reader.read(member.size);
}

std::int64_t tar_data_offset(const std::string& path, const TarMember& member) {
  // Headers before the data (pax, long names) have lengths of their own: the first byte is found by looking
  // where the blocks of the member end, which is where the next header, or the mark of the end, is sought.
  Reader reader(path, member.header_at, -1);
  require(reader.next() != nullptr, "a listed member is gone");
  const auto padded = (member.size + kBlock - 1) / kBlock * kBlock;
  reader.next();
  return reader.header_at() - padded;
}

}  // namespace mpq::datasets
