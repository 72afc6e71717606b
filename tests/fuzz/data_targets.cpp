// The readers of data sets, and of policies. Those that take a path get one in memory.

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "core/error.h"
#include "datasets/cifar.h"
#include "datasets/class_map.h"
#include "datasets/picture.h"
#include "datasets/tar_index.h"
#include "datasets/tar_pictures.h"
#include "harness/policy_file.h"
#include "tests/fuzz/target.h"
#include "tests/support/encode_jpeg.h"

namespace mpq::fuzz {
namespace {

/// A file that exists as long as the object, and in memory alone.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(::memfd_create("fuzzed", MFD_CLOEXEC)) {
    require(descriptor_ >= 0 &&
                ::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "no file in memory");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// A refusal by one format leaves the other to be tried: sizes are checked before anything is read.
void read_cifar_bytes(std::string_view bytes) {
  const MemoryFile file(bytes);
  for (const auto& format : {datasets::cifar10_format(), datasets::cifar100_format()}) {
    const auto records = static_cast<std::int64_t>(bytes.size()) / format.record_bytes();
    if (records * format.record_bytes() == static_cast<std::int64_t>(bytes.size()) && records > 0)
      return static_cast<void>(datasets::read_cifar(format, {file.path()}, records));
  }
  datasets::read_cifar(datasets::cifar10_format(), {file.path()}, 1);
}

std::vector<std::string> cifar_records() {
  std::string ten(2 * 3073, '\x55'), hundred(2 * 3074, '\x22');
  ten[0] = '\x09', ten[3073] = '\x00';
  hundred[0] = '\x13', hundred[1] = '\x63', hundred[3074] = '\x00', hundred[3075] = '\x01';
  return {ten, hundred};
}

void read_archive(std::string_view bytes) {
  const MemoryFile file(bytes);
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  std::size_t seen = 0;
  for (const auto& member : datasets::list_tar(file.path())) {
    if (seen > kMostBytes) break;
    seen += datasets::read_tar_member(file.path(), member).size();
  }
  datasets::pictures_by_sample(file.path(), 0, 1000);
}

/// One ustar member, its header written field by field.
std::string tar_member(const std::string& name, const std::string& data) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  const auto size = fmt::format("{:011o}", data.size());
  put(0, name), put(100, "0000644"), put(108, "0000000"), put(116, "0000000"), put(124, size);
  put(136, "00000000000"), put(148, "        "), put(156, "0"), put(257, "ustar"), put(263, "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum) + std::string(1, '\0') + " ");
  return header + data + std::string((512 - data.size() % 512) % 512, '\0');
}

datasets::Picture small_picture() {
  datasets::Picture picture(5, 7);
  for (std::size_t i = 0; i < picture.rgb.size(); ++i) picture.rgb[i] = static_cast<std::uint8_t>(37 * i);
  return picture;
}

std::vector<std::string> archives() {
  return {tar_member("0001.png", datasets::encode_png(small_picture())) + tar_member("0001.cls", "7") +
          std::string(1024, '\0')};
}

void read_picture(std::string_view bytes) {
  const datasets::DecodeOptions options{.by_content = true, .pixels = true, .most_pixels = 1 << 20};
  const auto size = datasets::read_picture_size(bytes, "fuzzed", options);
  datasets::decode_picture(bytes, "fuzzed", options);
  datasets::decode_part(bytes, "fuzzed",
                        {size.height / 3, size.width / 3, (size.height + 2) / 3, (size.width + 2) / 3},
                        options);
}

std::vector<std::string> pictures() {
  return {testing::encode_jpeg(small_picture()), datasets::encode_png(small_picture()),
          datasets::encode_pixels(small_picture())};
}

void read_class_map(std::string_view bytes) { datasets::parse_class_map(std::string(bytes), "fuzzed", 1000); }

std::vector<std::string> class_maps() {
  return {"cat\ndog\n", "cat\t7\r\ndog\t3\r\n", "n01440764\nn01443537\n"};
}

void read_policy(std::string_view bytes) { harness::parse_policy(std::string(bytes), "fuzzed"); }

std::vector<std::string> policies() {
  return {R"({"format": "mpq-policy", "version": 1, "weight_bits": [4, 3], "act_bits": [2, 8]})",
          R"({"format": "mpq-policy", "version": 1, "network": "n", "sites": ["a.b"], "weight_bits": [4],
              "act_bits": [2], "cost": {"bitops": 7}})"};
}

}  // namespace

std::vector<Target> data_targets() {
  return {{"cifar", read_cifar_bytes, cifar_records, {"cifar10", "cifar100"}},
          {"tar", read_archive, archives, {"tar"}},
          {"picture", read_picture, pictures, {"image"}},
          {"class_map", read_class_map, class_maps, {"class_map"}},
          {"policy", read_policy, policies, {}}};
}

}  // namespace mpq::fuzz
