#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <functional>

#include "core/file.h"
#include "core/random.h"
#include "results/stage_file.h"
#include "results/user_block.h"
#include "tests/support/temp_folder.h"

namespace mpq::results {
namespace {

using mpq::testing::TempFolder;
using ::testing::HasSubstr;

StageRecord small_record() {
  StageRecord record;
  record.settings = {{"kind", "evaluate"}, {"seed", 1}};
  record.summary = {{"status", "done"}};
  record.arrays["/predictions/holdout/label"] = Array::of(std::vector<std::int32_t>{1, 2, 3, 4});
  record.arrays["/curves/loss"] = Array::of(std::vector<double>(9000, 0.5));  // large enough to be compressed
  return record;
}

std::string good_bytes(const TempFolder& folder) {
  write_stage_file(folder / "good.h5", small_record());
  return read_file(folder / "good.h5");
}

Error error_of(const std::string& path) {
  try {
    read_stage_file(path);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error for " << path;
  return Error(ErrorKind::bug, {});
}

TEST(HostileStageFile, WithAnyBitFlippedIsRefused) {
  const TempFolder folder(TempFolder::Place::memory);
  const auto good = good_bytes(folder);
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    write_whole(folder / "bad.h5", bad);
    ASSERT_THROW(read_stage_file(folder / "bad.h5"), Error) << "bit flipped in byte " << at;
  }
}

TEST(HostileStageFile, CutOffAnywhereIsRefused) {
  const TempFolder folder(TempFolder::Place::memory);
  const auto good = good_bytes(folder);
  for (std::size_t size = 0; size < good.size(); size += 7) {
    write_whole(folder / "bad.h5", good.substr(0, size));
    const auto error = error_of(folder / "bad.h5");
    ASSERT_EQ(error.kind(), ErrorKind::input) << "cut to " << size;
  }
  write_whole(folder / "bad.h5", good + "x");
  EXPECT_THAT(error_of(folder / "bad.h5").parts().what, HasSubstr("announces"));
}

// Whoever can compute a checksum can sign nonsense: HDF5 then sees it, and must fail as an Error.
TEST(HostileStageFile, WithAValidChecksumOverDamagedDataNeverCrashes) {
  const TempFolder folder(TempFolder::Place::memory);
  const auto payload = good_bytes(folder).substr(kUserBlockBytes);
  RandomStream random(1, "hostile");
  for (int round = 0; round < 1500; ++round) {
    auto bad = payload;
    for (int flips = 1 + static_cast<int>(random.below(3)); flips > 0; --flips)
      bad[random.below(static_cast<std::uint32_t>(bad.size()))] ^= static_cast<char>(1 << random.below(8));
    if (round % 10 == 0) bad.resize(random.below(static_cast<std::uint32_t>(bad.size())));
    write_whole(folder / "bad.h5", make_user_block(bad) + bad);
    try {
      read_stage_file(folder / "bad.h5");
    } catch (const Error& e) {
      ASSERT_NE(e.kind(), ErrorKind::bug) << "round " << round;
    }
  }
}

TEST(HostileStageFile, ThatIsSomethingElseIsNamedSo) {
  const TempFolder folder(TempFolder::Place::memory);
  write_whole(folder / "a.h5", std::string(4096, 'a'));
  EXPECT_THAT(error_of(folder / "a.h5").parts().what, HasSubstr("not a stage file"));
  EXPECT_THAT(error_of(folder / "missing.h5").parts().what, HasSubstr("cannot open"));
  EXPECT_EQ(error_of(folder.path()).kind(), ErrorKind::input);
}

TEST(HostileStageFile, OfANewerFormatIsAnErrorOfTheEnvironment) {
  const TempFolder folder(TempFolder::Place::memory);
  auto bytes = good_bytes(folder);
  bytes.replace(0, std::string("mpq-stage 1").size(), "mpq-stage 2");
  write_whole(folder / "newer.h5", bytes);
  const auto error = error_of(folder / "newer.h5");
  EXPECT_EQ(error.kind(), ErrorKind::environment);
  EXPECT_THAT(error.parts().what, HasSubstr("newer mpq"));
}

TEST(HostileStageFile, WithDeepJsonIsRefused) {
  const TempFolder folder(TempFolder::Place::memory);
  auto record = small_record();
  for (int depth = 0; depth < 100; ++depth) record.settings = {{"deeper", record.settings}};
  write_stage_file(folder / "deep.h5", record);
  EXPECT_THAT(error_of(folder / "deep.h5").parts().what, HasSubstr("nested"));
}

// Builds an HDF5 file by hand, signs it, and expects the reader to refuse it.
void expect_refused(const std::string& message, const std::function<void(hid_t file)>& fill) {
  const TempFolder folder(TempFolder::Place::memory);
  const auto raw = folder / "raw.h5";
  const auto creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_userblock(creation, kUserBlockBytes);
  const auto file = H5Fcreate(raw.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
  fill(file);
  H5Fclose(file);
  H5Pclose(creation);
  const auto payload = read_file(raw).substr(kUserBlockBytes);
  write_whole(folder / "bad.h5", make_user_block(payload) + payload);
  const auto error = error_of(folder / "bad.h5");
  EXPECT_EQ(error.kind(), ErrorKind::input);
  EXPECT_THAT(error.parts().what, HasSubstr(message));
}

void put_text(hid_t file, const char* name, const std::string& text) {
  const auto type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, text.size());
  const auto space = H5Screate(H5S_SCALAR);
  const auto data = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data());
  H5Dclose(data), H5Sclose(space), H5Tclose(type);
}

void put_json_parts(hid_t file) {
  for (const auto* name : {"settings", "environment", "summary"}) put_text(file, name, "{}");
}

void put_dataset(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& shape) {
  const auto space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const auto creation = H5Pcreate(H5P_DATASET_CREATE);
  if (shape[0] > 1000) {
    const std::vector<hsize_t> chunk(shape.size(), 8);
    H5Pset_chunk(creation, static_cast<int>(shape.size()), chunk.data());
  }
  const auto data = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  ASSERT_GE(data, 0) << name;
  H5Dclose(data);
  H5Pclose(creation), H5Sclose(space);
}

TEST(HostileStageFile, WithoutItsJsonPartsIsRefused) {
  expect_refused("opening a JSON part", [](hid_t) {});
  expect_refused("not valid JSON", [](hid_t file) { put_text(file, "settings", "{"); });
  expect_refused("not an object", [](hid_t file) { put_text(file, "settings", "[1]"); });
  expect_refused("not one string", [](hid_t file) { put_dataset(file, "settings", H5T_STD_I32LE, {2}); });
}

TEST(HostileStageFile, WithAnArrayOfImpossibleSizeIsRefused) {
  expect_refused("impossible size", [](hid_t file) {
    put_json_parts(file);
    put_dataset(file, "huge", H5T_STD_I64LE, {hsize_t{1} << 33, 8});
  });
  expect_refused("impossible size", [](hid_t file) {
    put_json_parts(file);
    put_dataset(file, "overflow", H5T_STD_I64LE, {hsize_t{1} << 31, hsize_t{1} << 31});
  });
}

TEST(HostileStageFile, WithForeignTypesOrLinksIsRefused) {
  expect_refused("a type that stage files do not have", [](hid_t file) {
    put_json_parts(file);
    put_dataset(file, "big_endian", H5T_STD_I32BE, {4});
  });
  expect_refused("a link to somewhere else", [](hid_t file) {
    put_json_parts(file);
    H5Lcreate_external("/etc/passwd", "/x", file, "outside", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_refused("nested too deep", [](hid_t file) {
    put_json_parts(file);
    const auto group = H5Gcreate2(file, "loop", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "/loop", group, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
  });
}

}  // namespace
}  // namespace mpq::results
