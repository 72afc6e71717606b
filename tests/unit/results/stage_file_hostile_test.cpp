#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>
#include <functional>
#include <iostream>
#include <map>

#include "core/file.h"
#include "core/random.h"
#include "results/stage_file.h"
#include "results/user_block.h"
#include "tests/support/hostile_list.h"
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

/// Bytes stored in a way of the test's own; nothing is written into them.
void put_stored(hid_t file, const char* name, hsize_t count,
                const std::function<void(hid_t creation)>& storage) {
  const auto space = H5Screate_simple(1, &count, nullptr);
  const auto creation = H5Pcreate(H5P_DATASET_CREATE);
  storage(creation);
  const auto data = H5Dcreate2(file, name, H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
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
  expect_refused("a link to somewhere else", [](hid_t file) {
    put_json_parts(file);
    H5Lcreate_soft("/loop", file, "loop", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_refused("nested too deep", [](hid_t file) {
    put_json_parts(file);
    const auto group = H5Gcreate2(file, "loop", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "/loop", group, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
  });
}

// A checksum says nothing of bytes that lie elsewhere: /etc/passwd would be read into an array.
TEST(HostileStageFile, WithBytesInAnotherFileIsRefused) {
  const auto external = [](hid_t creation) { H5Pset_external(creation, "/etc/passwd", 0, 64); };
  const auto mapped = [](hid_t creation) {
    const hsize_t count = 64;
    const auto space = H5Screate_simple(1, &count, nullptr);
    H5Pset_virtual(creation, space, "/etc/passwd", "x", space);
    H5Sclose(space);
  };
  expect_refused("bytes lie in another file", [&](hid_t file) {
    put_json_parts(file);
    put_stored(file, "label", 64, external);
  });
  expect_refused("bytes lie in another file",
                 [&](hid_t file) { put_stored(file, "settings", 64, external); });
  expect_refused("bytes lie in another file", [&](hid_t file) {
    put_json_parts(file);
    put_stored(file, "label", 64, mapped);
  });
}

TEST(HostileStageFile, ThatAnnouncesMoreThanItHoldsIsRefused) {
  const std::string message = "announces more than the file holds";
  expect_refused(message, [](hid_t file) {  // 1 GiB, in chunks of which none is there
    put_json_parts(file);
    put_dataset(file, "label", H5T_STD_I32LE, {hsize_t{1} << 28});
  });
  expect_refused(message, [](hid_t file) {
    put_json_parts(file);
    put_dataset(file, "never_written", H5T_STD_I32LE, {4});
  });
  expect_refused(message, [](hid_t file) {  // one array under a hundred names
    put_json_parts(file);
    const hsize_t count = 4096;
    const std::vector<std::uint8_t> bytes(count, 7);
    const auto space = H5Screate_simple(1, &count, nullptr);
    const auto data = H5Dcreate2(file, "a0", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    H5Dclose(data), H5Sclose(space);
    for (int i = 1; i < 100; ++i)
      H5Lcreate_hard(file, "a0", file, ("a" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT);
  });
}

TEST(HostileStageFile, PackedOtherwiseThanWeDoIsRefused) {
  expect_refused("chunks of impossible size", [](hid_t file) {  // 64 MiB of zeros would take 64 KiB
    put_json_parts(file);
    put_stored(file, "curve", hsize_t{1} << 26, [](hid_t creation) {
      const hsize_t chunk = hsize_t{1} << 26;
      H5Pset_chunk(creation, 1, &chunk);
      H5Pset_deflate(creation, 9);
    });
  });
  expect_refused("packed otherwise", [](hid_t file) {
    put_json_parts(file);
    put_stored(file, "curve", 64, [](hid_t creation) {
      const hsize_t chunk = 8;
      H5Pset_chunk(creation, 1, &chunk);
      H5Pset_fletcher32(creation);
    });
  });
}

// Nothing packs better than zeros: what we write ourselves must stay within what we believe.
TEST(StageFile, OfZerosIsReadBack) {
  const TempFolder folder(TempFolder::Place::memory);
  auto record = small_record();
  record.arrays["/curves/zeros"] = Array::of(std::vector<double>(std::size_t{1} << 20, 0.0));
  write_stage_file(folder / "zeros.h5", record);
  EXPECT_EQ(read_stage_file(folder / "zeros.h5").arrays, record.arrays);
}

TEST(HostileStageFile, OfASuperblockThatNobodyKnowsIsRefused) {
  const TempFolder folder(TempFolder::Place::memory);
  auto payload = good_bytes(folder).substr(kUserBlockBytes);
  ASSERT_EQ(payload.substr(1, 3), "HDF");
  payload.at(8) = 99;
  write_whole(folder / "bad.h5", make_user_block(payload) + payload);
  EXPECT_THAT(error_of(folder / "bad.h5").parts().what, HasSubstr("opening the file"));
}

/// Where a mistake of the hostile list is made in a stage file of our own: a test here, or one elsewhere.
const std::map<std::string, std::string>& made_here() {
  static const std::map<std::string, std::string> tests{
      {"truncated", "CutOffAnywhereIsRefused"},
      {"truncated_one", "CutOffAnywhereIsRefused"},
      {"not_hdf5", "ThatIsSomethingElseIsNamedSo"},
      {"empty", "CutOffAnywhereIsRefused"},
      {"signature_only", "WithAValidChecksumOverDamagedDataNeverCrashes"},
      {"signature_then_garbage", "WithAValidChecksumOverDamagedDataNeverCrashes"},
      {"schema_wrong", "WithoutItsJsonPartsIsRefused"},
      {"schema_empty", "WithoutItsJsonPartsIsRefused"},
      {"schema_newer", "OfANewerFormatIsAnErrorOfTheEnvironment"},
      {"types_wrong", "WithForeignTypesOrLinksIsRefused; Predictions.ThatAreNotSoundAreRefused"},
      {"lengths_differ", "Predictions.ThatAreNotSoundAreRefused"},
      {"declared_huge", "WithAnArrayOfImpossibleSizeIsRefused, ThatAnnouncesMoreThanItHoldsIsRefused"},
      {"compressed_bomb", "PackedOtherwiseThanWeDoIsRefused"},
      {"external_link", "WithForeignTypesOrLinksIsRefused"},
      {"soft_link_cycle", "WithForeignTypesOrLinksIsRefused"},
      {"hard_link_cycle", "WithForeignTypesOrLinksIsRefused"},
      {"external_storage", "WithBytesInAnotherFileIsRefused"},
      {"chunk_corrupt", "WithAValidChecksumOverDamagedDataNeverCrashes"},
      {"superblock_version", "OfASuperblockThatNobodyKnowsIsRefused"}};
  return tests;
}

// The list's files are no stages of ours, so each is refused twice: as it is, and under a checksum of ours.
TEST(HostileStageFile, EveryFileOfTheListIsRefused) {
  const auto lines = mpq::testing::hostile_lines({"hdf5"});
  if (lines.empty()) GTEST_SKIP() << "no hostile files: set MPQ_DATA to the data folder";
  const TempFolder folder(TempFolder::Place::memory);
  for (const auto& line : lines) {
    SCOPED_TRACE(line.file + ": " + line.fault);
    ASSERT_EQ(line.expectation, "refuse");
    const auto path = mpq::testing::hostile_folder() + "/" + line.file;
    EXPECT_EQ(error_of(path).kind(), ErrorKind::input);
    const auto bytes = read_file(path);
    write_whole(folder / "signed.h5", make_user_block(bytes) + bytes);
    EXPECT_EQ(error_of(folder / "signed.h5").kind(), ErrorKind::input);
    if (!made_here().contains(std::filesystem::path(line.file).stem().string()))
      std::cout << "not made in a stage file of our own: " << line.file << ", " << line.fault << '\n';
  }
}

}  // namespace
}  // namespace mpq::results
