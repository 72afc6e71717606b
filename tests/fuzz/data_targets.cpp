// The readers of data sets, and of policies. Those that take a path get one in memory.

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "datasets/cifar.h"
#include "datasets/class_map.h"
#include "datasets/picture.h"
#include "datasets/picture_source.h"
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

/// What came of several ways to read the same bytes.
struct Outcome {
  int read = 0;                       ///< ways that read them
  std::optional<Error> refused = {};  ///< why one of the others did not
};

// One way refuses what another may not get to see, so all are taken before a refusal counts.
Outcome take(const std::vector<std::function<void()>>& ways) {
  Outcome outcome;
  for (const auto& way : ways) {
    try {
      way();
      ++outcome.read;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      outcome.refused.emplace(error);
    }
  }
  return outcome;
}

// A few bytes can announce what takes seconds to decode; such sizes are for the tests of limits.
constexpr std::int64_t kMostPixels = std::int64_t{1} << 20;

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

/// Reads and decodes pictures until a mebibyte of them is read.
void read_members(const std::string& path, const std::vector<datasets::TarPicture>& pictures) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  const datasets::TarPictures store({path}, pictures);
  std::size_t seen = 0;
  for (std::int64_t i = 0; i < store.size() && seen <= kMostBytes; ++i) {
    const auto content = store.bytes(i);
    datasets::decode_picture(content, store.name(i), {.most_pixels = kMostPixels});
    seen += content.size();
  }
}

// An archive of samples is none of classes, and the other way round: one of the two is enough.
void read_archive(std::string_view bytes) {
  const MemoryFile file(bytes);
  const auto path = file.path();
  const auto members = take({[&] {
    constexpr std::size_t kMostBytes = std::size_t{1} << 20;
    std::size_t seen = 0;
    for (const auto& member : datasets::list_tar(path)) {
      if (seen > kMostBytes) break;
      seen += datasets::read_tar_member(path, member).size();
    }
  }});
  const auto pictures = take({[&] { read_members(path, datasets::pictures_by_sample(path, 0, 1000)); },
                              [&] {
                                const datasets::ListedArchive archive{
                                    path, datasets::list_archive(path, datasets::ListedFor::classes)};
                                const auto classes = datasets::number_classes(datasets::classes_in(archive));
                                read_members(path, datasets::pictures_by_class(archive, 0, classes));
                              }});
  if (members.refused) throw *members.refused;
  if (pictures.read == 0) throw *pictures.refused;
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

/// A shard of samples, class folders, and an archive of archives.
std::vector<std::string> archives() {
  const auto png = datasets::encode_png(small_picture()), jpeg = testing::encode_jpeg(small_picture());
  const std::string end(1024, '\0');
  return {tar_member("0001.png", png) + tar_member("0001.cls", "7") + end,
          tar_member("ant/1.png", png) + tar_member("bee/2.JPEG", jpeg) + end,
          tar_member("ant.tar", tar_member("ant_1.png", png) + end) +
              tar_member("bee.tar", tar_member("bee_2.JPEG", jpeg) + end) + end};
}

void read_picture(std::string_view bytes) {
  constexpr int kSide = 8;
  const datasets::DecodeOptions options{.by_content = true, .pixels = true, .most_pixels = kMostPixels};
  const auto size = datasets::read_picture_size(bytes, "fuzzed", options);
  datasets::PicturePreparation how;
  how.side = kSide, how.shorter = 10;
  how.by_content = how.decoded = true;
  how.brightness = how.contrast = how.saturation = 0.4, how.hue = 0.1;
  const auto square = [](const datasets::Picture& view) {
    require(view.height == kSide && view.width == kSide, "a view of another size than was asked for");
  };
  const auto outcome =
      take({[&] { datasets::decode_picture(bytes, "fuzzed", options); },
            [&] {
              datasets::decode_part(
                  bytes, "fuzzed",
                  {size.height / 3, size.width / 3, (size.height + 2) / 3, (size.width + 2) / 3}, options);
            },
            [&] { square(datasets::evaluation_view(bytes, "fuzzed", how)); },
            [&] { square(datasets::training_view(bytes, "fuzzed", how, RandomStream(1, "fuzzed"))); }});
  if (outcome.refused) throw *outcome.refused;
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
