#include "results/user_block.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <fstream>

#include "core/error.h"
#include "core/hash.h"
#include "results/stage_file.h"

namespace mpq::results {
namespace {

constexpr std::string_view kMagic = "mpq-stage ";
constexpr std::string_view kAgain =
    "delete its folder and run the study again; only this stage is computed anew";

std::string block_text(const std::string& digest, std::uint64_t payload_bytes) {
  auto block = fmt::format("{}{} sha256 {} bytes {}\n", kMagic, kStoreFormat, digest, payload_bytes);
  block.resize(kUserBlockBytes, '\0');
  return block;
}

[[noreturn]] void throw_damaged(const std::string& what, const std::string& path) {
  throw_input({what, path, "a whole stage file as mpq wrote it", std::string(kAgain)});
}

// The number right after `key`, or −1.
std::int64_t number_after(std::string_view block, std::string_view key) {
  const auto at = block.find(key);
  std::int64_t value = -1;
  if (at != std::string_view::npos)
    std::from_chars(block.data() + at + key.size(), block.data() + block.size(), value);
  return value;
}

void check_format(std::string_view block, const std::string& path) {
  if (!block.starts_with(kMagic)) throw_damaged("not a stage file of mpq", path);
  const auto format = number_after(block, kMagic);
  if (format > kStoreFormat)
    throw_environment({fmt::format("stage file of format {}, written by a newer mpq", format), path,
                       fmt::format("format {} or older", kStoreFormat),
                       "use the newer mpq, or another --store"});
  if (format < 1) throw_damaged("the stage file has no format number", path);
}

}  // namespace

std::string make_user_block(std::string_view payload) { return block_text(sha256(payload), payload.size()); }

void verify_user_block(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw_input({"cannot open the stage file", path, "a readable file", "check the path and the store"});
  std::string block(kUserBlockBytes, '\0');
  file.read(block.data(), static_cast<std::streamsize>(block.size()));
  if (file.gcount() < static_cast<std::streamsize>(kUserBlockBytes))
    throw_damaged(fmt::format("the file ends after {} bytes", file.gcount()), path);
  check_format(block, path);

  Sha256 hash;
  std::int64_t bytes = 0;
  std::string piece(std::size_t{1} << 20, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    hash.update(piece.data(), static_cast<std::size_t>(file.gcount()));
    bytes += file.gcount();
  }
  if (file.bad()) throw_damaged(fmt::format("reading stopped after {} bytes", bytes), path);
  if (const auto expected = number_after(block, " bytes "); bytes != expected)
    throw_damaged(fmt::format("the file holds {} bytes of data and announces {}", bytes, expected), path);
  // Comparing the whole block leaves no byte of the file unguarded.
  if (block != block_text(hash.hex(), static_cast<std::uint64_t>(bytes)))
    throw_damaged("the checksum does not match the content: the file was damaged or edited", path);
}

}  // namespace mpq::results
