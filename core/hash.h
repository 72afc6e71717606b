#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mpq {

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

/// SHA-256 of a file's content, read in pieces. Throws Error(environment) if it cannot be read.
std::string sha256_file(const std::string& path);

/// MD5 of a file's content, as publishers of data sets print it; for recognising a download, not for
/// security. Throws like sha256_file.
std::string md5_file(const std::string& path);

/// SHA-256 of data that arrives in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(const void* data, std::size_t size);
  std::string hex();  ///< ends the computation

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpq
