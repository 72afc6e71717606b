#include "core/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/error.h"

namespace fs = std::filesystem;

namespace mpq {
namespace {

[[noreturn]] void throw_system(const std::string& doing, const std::string& path) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  throw_environment({doing + " failed: " + std::strerror(code), path,
                     full ? "enough free space on this file system" : "a folder this user may write to",
                     full ? "free some space and run the same command again; nothing half-written was kept"
                          : "check the path and its permissions"});
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

void sync_path(const std::string& path, int flags) {
  const Descriptor file{::open(path.c_str(), flags | O_CLOEXEC)};
  if (file.fd < 0 || ::fsync(file.fd) != 0) throw_system("syncing to disk", path);
}

}  // namespace

void write_whole(const std::string& path, const std::function<void(const std::string&)>& fill) {
  const auto folder = fs::path(path).parent_path().string();
  const std::string temporary = path + ".tmp-" + std::to_string(::getpid());
  try {
    fill(temporary);
    sync_path(temporary, O_RDONLY);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw_system("renaming into place", path);
    sync_path(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

FileWriter::FileWriter(const std::string& temporary, std::string path)
    : path_(std::move(path)),
      descriptor_(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) throw_system("creating the file", path_);
}

FileWriter::~FileWriter() { ::close(descriptor_); }

void FileWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system("writing", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void FileWriter::seek(std::size_t offset) {
  if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) throw_system("writing", path_);
}

void write_whole(const std::string& path, const std::function<void(FileWriter&)>& fill) {
  write_whole(path, [&](const std::string& temporary) {
    FileWriter file(temporary, path);
    fill(file);
  });
}

void write_whole(const std::string& path, std::string_view bytes) {
  write_whole(path, [&](FileWriter& file) { file.append(bytes); });
}

std::string read_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a named pipe would wait for a writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0)
    throw_input({std::string("cannot open the file: ") + std::strerror(errno), path, "a readable file",
                 "check the path"});
  if (!S_ISREG(status.st_mode)) throw_input({"not a regular file", path, "a regular file", "check the path"});
  if (static_cast<std::size_t>(status.st_size) > limit)
    throw_input({"the file has " + std::to_string(status.st_size) + " bytes", path,
                 "at most " + std::to_string(limit) + " bytes", "check that this is the right file"});
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const auto got = ::read(file.fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw_input({"reading stopped after " + std::to_string(done) + " bytes", path, "a readable file",
                   "check the disk"});
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

void make_folders(const std::string& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) {
    errno = code.value();
    throw_system("creating the folder", path);
  }
}

FileLock::FileLock(const std::string& path, const std::string& thing) {
  Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (file.fd < 0) throw_system("creating the lock file", path);
  int refused = ::flock(file.fd, LOCK_EX | LOCK_NB);
  for (int again = 0; refused != 0 && errno == EWOULDBLOCK && again < 5; ++again) {
    ::usleep(20'000);  // is_held() asks by holding it for a moment
    refused = ::flock(file.fd, LOCK_EX | LOCK_NB);
  }
  if (refused != 0) {
    if (errno != EWOULDBLOCK) throw_system("locking", path);
    std::string holder(256, '\0');
    const auto got = ::pread(file.fd, holder.data(), holder.size(), 0);
    holder.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    throw_environment({"another mpq is using " + thing, path + (holder.empty() ? "" : ", held by " + holder),
                       "one process at a time",
                       "wait for it to end, or stop it; `mpq status` needs no lock"});
  }
  const std::string text = "process " + std::to_string(::getpid());
  if (::ftruncate(file.fd, 0) != 0 || ::pwrite(file.fd, text.data(), text.size(), 0) < 0)
    throw_system("writing the lock file", path);
  descriptor_ = std::exchange(file.fd, -1);
}

bool FileLock::is_held(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  return file.fd >= 0 && ::flock(file.fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}
FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace mpq
