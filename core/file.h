#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mpq {

/// A file that write_whole is filling; errors name the file that it will be. Throws Error(environment).
class FileWriter {
 public:
  FileWriter(const std::string& temporary, std::string path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  void append(std::string_view bytes);
  /// Where the next bytes go, from the beginning of the file; what is skipped is zero.
  void seek(std::size_t offset);

 private:
  std::string path_;
  int descriptor_;
};

/// Writes a file whole or not at all: temporary name in the same folder, fsync, rename, fsync of the
/// folder. Throws Error(environment) (full disk, no permission); then the old file, if any, is there, or, where only
/// the last fsync failed, the new one.
void write_whole(const std::string& path, std::string_view bytes);

/// The same, piece by piece. If `fill` throws, the temporary file is removed and the old file, if any, stays.
void write_whole(const std::string& path, const std::function<void(FileWriter&)>& fill);

/// The same, but `fill` writes the temporary file itself (e.g. through HDF5).
void write_whole(const std::string& path, const std::function<void(const std::string& temporary)>& fill);

/// The content of a file of at most `limit` bytes. Throws Error(input).
std::string read_file(const std::string& path, std::size_t limit = std::size_t{1} << 31);

/// Creates the folder and its parents. Throws Error(environment).
void make_folders(const std::string& path);

/// An exclusive flock(2) on `path` (created if absent), held until destruction; the content says
/// who holds it. Locks vanish with their process.
class FileLock {
 public:
  FileLock() = default;
  /// Takes the lock. Throws Error(environment) naming the holder if another process has it;
  /// `thing` completes the message ("the store").
  FileLock(const std::string& path, const std::string& thing);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool held() const { return descriptor_ >= 0; }
  /// Whether some process holds the lock on `path` now. Makes no file.
  static bool is_held(const std::string& path);

 private:
  int descriptor_ = -1;
};

}  // namespace mpq
