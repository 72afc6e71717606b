#include "models/checkpoint_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/error.h"
#include "core/json.h"

namespace mpq::models::checkpoint {

ByteSource::ByteSource(const std::string& path) : name_(path) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0)
    refuse(std::string("cannot open the checkpoint: ") + std::strerror(errno), path, "a readable file",
           "check the path");
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(std::exchange(descriptor_, -1));
    refuse("the checkpoint is not a regular file", path, "a regular file", "check the path");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

ByteSource::ByteSource(std::string_view bytes, std::string name)
    : name_(std::move(name)), memory_(bytes), size_(bytes.size()) {}

ByteSource::~ByteSource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ByteSource::read(std::uint64_t offset, std::size_t count, void* into) const {
  require(offset <= size_ && count <= size_ - offset, "a checkpoint reader asks for bytes past the end");
  if (count == 0) return;
  if (descriptor_ < 0) {
    std::memcpy(into, memory_.data() + offset, count);
    return;
  }
  for (std::size_t done = 0; done < count;) {
    const auto got = ::pread(descriptor_, static_cast<char*>(into) + done, count - done,
                             static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      refuse("reading stopped at byte " + std::to_string(offset + done), name_,
             std::to_string(size_) + " bytes, as when the file was opened",
             "check the disk, and that nobody writes the file");
    done += static_cast<std::size_t>(got);
  }
}

std::string ByteSource::text(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  read(offset, count, bytes.data());
  return bytes;
}

void refuse(const std::string& what, const std::string& where, const std::string& expected,
            std::string_view fix) {
  throw_input({what, where, expected, std::string(fix)});
}

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string part(text.substr(0, kMost));
  if (text.size() > kMost) part += "…";
  // JSON's escapes keep control characters out of a terminal.
  part = text_of(Json(part));
  std::erase(part, '\x7f');
  part.front() = part.back() = '\'';
  return part;
}

bool valid_utf8(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return true;
  try {
    Json(std::string(text)).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace mpq::models::checkpoint
