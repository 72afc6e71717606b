#include "datasets/cifar.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "core/hash.h"
#include "datasets/picture_source.h"

namespace fs = std::filesystem;

namespace mpq::datasets {
namespace {

constexpr std::int64_t kSide = 32, kPixelBytes = 3 * kSide * kSide;

std::string unpack_again(const CifarFormat& format) {
  return "unpack the official binary version, " + format.archive + ", again";
}

/// What a file of the wrong size seems to be, from its size and first two bytes; empty if nobody knows.
std::string guess(const CifarFormat& format, const std::string& path, std::int64_t size,
                  std::int64_t records) {
  const std::int64_t other_record = 2 * kPixelBytes + 3 - format.record_bytes();
  if (size == records * other_record)
    return std::to_string(records) + " records of CIFAR-" + (other_record == kPixelBytes + 1 ? "10" : "100");
  std::ifstream file(path, std::ios::binary);
  const int first = file.get(), second = file.get();
  if (first == 0x1f && second == 0x8b) return "a gzip file";
  if (first == 0x80 && second >= 2 && second <= 5) return "a Python pickle, as in the Python version";
  return {};
}

/// Throws Error(input) unless `path` is a regular file of exactly `records` records.
void check_size(const CifarFormat& format, const std::string& path, std::int64_t records) {
  const std::int64_t expected = records * format.record_bytes();
  std::error_code code;
  if (!fs::is_regular_file(path, code))
    throw_input({"a file of " + format.title + " is missing", path,
                 "a file of " + std::to_string(expected) + " bytes", unpack_again(format)});
  const auto size = static_cast<std::int64_t>(fs::file_size(path, code));
  if (size == expected) return;
  const auto seems = guess(format, path, size, records);
  throw_input({"the file has " + std::to_string(size) + " bytes" + (seems.empty() ? "" : " (" + seems + ")"),
               path + ", byte offset " + std::to_string(std::min(size, expected)),
               std::to_string(expected) + " bytes: " + std::to_string(records) + " records of " +
                   std::to_string(format.record_bytes()) + ", as in the binary version of " + format.title,
               unpack_again(format)});
}

/// The label at the head of record number `record`, after checking every label byte.
std::int32_t read_label(const CifarFormat& format, std::istream& file, const std::string& path,
                        std::int64_t record) {
  int value = 0;
  std::int64_t offset = record * format.record_bytes();
  for (const auto& label : format.labels) {
    value = file.get();
    if (value >= label.classes)
      throw_input({label.name + " " + std::to_string(value) + " in record " + std::to_string(record),
                   path + ", byte offset " + std::to_string(offset),
                   "a " + label.name + " from 0 to " + std::to_string(label.classes - 1),
                   unpack_again(format)});
    ++offset;
  }
  return value;
}

void append_file(const CifarFormat& format, const std::string& path, std::int64_t records, Images& images) {
  std::vector<char> buffer(std::size_t{1} << 20);
  std::ifstream file;
  file.rdbuf()->pubsetbuf(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  file.open(path, std::ios::binary);
  for (std::int64_t record = 0; record < records; ++record) {
    images.labels.push_back(read_label(format, file, path, record));
    auto* pixels = images.pixels.data() + images.count * kPixelBytes;
    if (!file.read(reinterpret_cast<char*>(pixels), kPixelBytes))
      throw_input({"reading stopped in record " + std::to_string(record), path, "a readable file",
                   "check the file's permissions and the disk"});
    ++images.count;
  }
}

struct CifarFiles {
  std::string folder;  // below the data folder
  CifarFormat format;
  std::vector<std::string> train;
  std::string test;
  std::int64_t train_records, test_records;  // in one file
};

std::vector<std::string> below(const fs::path& folder, const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  for (const auto& name : names) paths.push_back((folder / name).string());
  return paths;
}

/// The official folder, after checking that everything is there in its right size.
fs::path checked_folder(const CifarFiles& files, const std::string& data_folder) {
  auto folder = fs::path(data_folder) / files.folder;
  std::error_code code;
  if (!fs::is_directory(folder, code))
    throw_input({"the folder of " + files.format.title + " is missing", folder.string(),
                 "a folder " + files.folder + " below the data folder (--data), holding " +
                     join(files.train) + ", " + files.test,
                 "get the official binary version, " + files.format.archive +
                     ", from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it there"});
  for (const auto& path : below(folder, files.train)) check_size(files.format, path, files.train_records);
  check_size(files.format, (folder / files.test).string(), files.test_records);
  return folder;
}

std::string fingerprint_of(const CifarFiles& files, const std::string& data_folder) {
  const auto folder = checked_folder(files, data_folder);
  std::string digests;
  for (const auto& path : below(folder, files.train)) digests += sha256_file(path);
  return sha256(digests + sha256_file((folder / files.test).string()));
}

struct CifarOptions {
  std::int64_t side = kSide;
  double least_area = 0.08;

  template <class Visitor>
  void fields(Visitor& f) {
    f("side", side,
      "side of the square that the network takes; 32: the pictures as they are, padded, cropped and flipped "
      "in "
      "training; else resized, and in training cut by least_area and flipped as photographs are",
      "this project", Within(8, 4096));
    f("least_area", least_area, "smallest part of a random resized crop, where side is not 32",
      "torchvision: 0.08", Within(0.01, 1));
  }
};

CifarOptions parse(const Json& given, const DatasetInfo& info) {
  return parse_options<CifarOptions>(given, "options of data set " + info.name);
}

/// Pictures in memory for whoever prepares photographs.
class ImagesInMemory final : public PictureStore {
 public:
  ImagesInMemory(Images images, std::string name) : images_(std::move(images)), name_(std::move(name)) {}
  std::int64_t size() const override { return images_.count; }
  std::int32_t label(std::int64_t index) const override { return images_.label(index); }
  std::string name(std::int64_t index) const override { return name_ + " picture " + std::to_string(index); }
  std::string bytes(std::int64_t index) const override {
    Picture picture(images_.height, images_.width);
    const auto pixels = static_cast<std::size_t>(images_.height) * static_cast<std::size_t>(images_.width);
    const auto* planes = images_.pixels.data() + index * images_.image_bytes();
    for (std::size_t i = 0; i < pixels; ++i)
      for (std::size_t c = 0; c < 3; ++c) picture.rgb[3 * i + c] = planes[c * pixels + i];
    return encode_pixels(picture);
  }
  bool decoded() const override { return true; }

 private:
  Images images_;
  std::string name_;
};

std::shared_ptr<const Source> resized(Images images, const CifarOptions& options, const std::string& name) {
  PicturePreparation how;
  how.side = how.shorter = options.side;
  how.least_area = options.least_area;
  return std::make_shared<const PictureSource>(
      std::make_shared<const ImagesInMemory>(std::move(images), name), how);
}

}  // namespace

Images read_cifar(const CifarFormat& format, const std::vector<std::string>& paths, std::int64_t records) {
  for (const auto& path : paths) check_size(format, path, records);
  const auto total = static_cast<std::size_t>(records) * paths.size();
  Images images(3, 32, 32);
  images.pixels.resize(total * kPixelBytes);
  images.labels.reserve(total);
  for (const auto& path : paths) append_file(format, path, records, images);
  return images;
}

Entry cifar_entry(DatasetInfo info, CifarFormat format, std::vector<std::string> train_files,
                  std::string test_file) {
  const auto train_records = info.train_count / static_cast<std::int64_t>(train_files.size());
  const CifarFiles files{info.folder,          std::move(format), std::move(train_files),
                         std::move(test_file), train_records,     info.test_count};
  info.options = describe_options<CifarOptions>();
  const auto inspect = [info](const Json& given, const std::string&) {
    auto sized = info;
    sized.height = sized.width = static_cast<int>(parse(given, info).side);
    return sized;
  };
  const auto open = [info, files, inspect](const Json& given, const std::string& data_folder) {
    const auto options = parse(given, info);
    const auto folder = checked_folder(files, data_folder);
    auto train = read_cifar(files.format, below(folder, files.train), files.train_records);
    auto test = read_cifar(files.format, below(folder, {files.test}), files.test_records);
    if (options.side == kSide) return Dataset(info, std::move(train), std::move(test));
    return Dataset(inspect(given, data_folder), resized(std::move(train), options, info.name + " train"),
                   resized(std::move(test), options, info.name + " test"));
  };
  const auto fingerprint = [files](const Json&, const std::string& data_folder) {
    return fingerprint_of(files, data_folder);
  };
  return {info, open, fingerprint, inspect};
}

}  // namespace mpq::datasets
