#include "core/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "core/error.h"

namespace mpq {
namespace {

/// A digest of OpenSSL, fed in pieces.
class Digest {
 public:
  explicit Digest(const EVP_MD* kind) {
    require(EVP_DigestInit_ex(context_, kind, nullptr) == 1, "a digest of OpenSSL is not available");
  }
  ~Digest() { EVP_MD_CTX_free(context_); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void update(const void* data, std::size_t size) { EVP_DigestUpdate(context_, data, size); }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_, digest.data(), &size);
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
      text += kDigits[digest[i] >> 4];
      text += kDigits[digest[i] & 15];
    }
    return text;
  }

 private:
  EVP_MD_CTX* context_ = EVP_MD_CTX_new();
};

std::string digest_of_file(const std::string& path, const EVP_MD* kind) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw_environment(
        {"cannot read the file", path, "a readable file", "check the path and its permissions"});
  Digest digest(kind);
  std::string buffer(1 << 20, '\0');
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0)
    digest.update(buffer.data(), static_cast<std::size_t>(file.gcount()));
  if (file.bad())
    throw_environment({"reading the file failed", path, "a readable file", "check the path and the disk"});
  return digest.hex();
}

}  // namespace

struct Sha256::State {
  Digest digest{EVP_sha256()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
void Sha256::update(const void* data, std::size_t size) { state_->digest.update(data, size); }
std::string Sha256::hex() { return state_->digest.hex(); }

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hash.hex();
}

std::string sha256_file(const std::string& path) { return digest_of_file(path, EVP_sha256()); }
std::string md5_file(const std::string& path) { return digest_of_file(path, EVP_md5()); }

}  // namespace mpq
