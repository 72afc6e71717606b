#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpq::results {

/// Bytes in front of the HDF5 data; HDF5 calls them the user block and skips them.
inline constexpr std::size_t kUserBlockBytes = 512;

/// The user block of a stage file whose HDF5 part is `payload`: one line of text,
///
///   mpq-stage 1 sha256 <64 hexadecimal digits> bytes <decimal>
///
/// then a line feed and zeros up to 512 bytes. Format number, SHA-256 and length are those of `payload`.
std::string make_user_block(std::string_view payload);

/// Reads the file at `path` once and holds it to its user block. Throws Error(input) for a file that
/// is not a stage file, is cut short, or has a changed byte anywhere; Error(environment) for a newer
/// format.
void verify_user_block(const std::string& path);

}  // namespace mpq::results
