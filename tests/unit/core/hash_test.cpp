#include "core/hash.h"

#include "core/file.h"
#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"

namespace mpq {
namespace {

using testing::error_of;
using testing::TempFolder;

constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

// FIPS 180-2, appendix B, and the digest of nothing.
TEST(Sha256, EqualsThePublishedVectors) {
  EXPECT_EQ(sha256(""), kEmpty);
  EXPECT_EQ(sha256("abc"), kAbc);
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 hash;
  const std::string piece(1000, 'a');
  for (int i = 0; i < 1000; ++i) hash.update(piece.data(), piece.size());
  EXPECT_EQ(hash.hex(), kMillion);
}

TEST(Sha256File, EqualsTheDigestOfItsContent) {
  const TempFolder folder;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{1} << 20, (std::size_t{1} << 20) + 1}) {
    const std::string content(size, 'x');
    write_whole(folder / "file", content);
    EXPECT_EQ(sha256_file(folder / "file"), sha256(content)) << size;
  }
}

TEST(Sha256File, RefusesWhatCannotBeRead) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { sha256_file(folder / "absent"); }).exit_code(), 3);
  EXPECT_EQ(error_of([&] { sha256_file(folder.path()); }).exit_code(), 3);  // a folder is not an empty file
}

}  // namespace
}  // namespace mpq
