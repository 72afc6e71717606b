#include <cmath>
#include <map>
#include <set>

#include "core/hash.h"
#include "datasets/registry.h"
#include "datasets/test_split.h"
#include "tests/support/error_of.h"
#include "tests/support/in_memory.h"

namespace mpq::datasets {
namespace {

using mpq::testing::error_of;

const Entry& synthetic() { return registry().find("synthetic", "a test"); }

Dataset open(const Json& options = Json::object()) { return synthetic().open(options, ""); }

const Images& train_part(const Dataset& data) { return mpq::testing::in_memory(data.split(Split::train)); }
const Images& test_part(const Dataset& data) { return mpq::testing::in_memory(TestSplit::open(data)); }

std::string digest(const Images& images) {
  Sha256 hash;
  hash.update(images.pixels.data(), images.pixels.size());
  hash.update(images.labels.data(), images.labels.size() * sizeof(std::int32_t));
  return hash.hex();
}

TEST(Synthetic, IsTheSameEveryTime) {
  EXPECT_EQ(digest(train_part(open())), digest(train_part(open())));
  EXPECT_EQ(digest(test_part(open())), digest(test_part(open())));
}

// Golden: recorded from this project. Another machine or compiler must draw the same bytes; whoever changes
// the pictures on purpose raises the revision and records anew.
TEST(Synthetic, HasTheRecordedBytes) {
  EXPECT_EQ(synthetic().info.revision, 1);
  EXPECT_EQ(digest(train_part(open())), "55073e84bb8015d36f40413432046a5878b0f7ae24945bed4826b4ec3c1d8d66");
  EXPECT_EQ(digest(test_part(open())), "8bc000e5d60cf47b02992a2e9e4019c580f21d859a6b953c7393b2f185a0d99f");
}

TEST(Synthetic, SeedAndNoiseChangeThePictures) {
  const auto usual = digest(train_part(open()));
  EXPECT_NE(digest(train_part(open({{"seed", 2}}))), usual);
  EXPECT_NE(digest(train_part(open({{"noise", 0.01}}))), usual);
}

TEST(Synthetic, NoPictureComesTwice) {
  const auto data = open();
  std::set<std::string> seen;
  for (const auto* part : {&train_part(data), &test_part(data)})
    for (std::int64_t i = 0; i < part->count; ++i)
      seen.insert(sha256({reinterpret_cast<const char*>(part->pixels.data()) + i * part->image_bytes(),
                          static_cast<std::size_t>(part->image_bytes())}));
  EXPECT_EQ(seen.size(),
            static_cast<std::size_t>(synthetic().info.train_count + synthetic().info.test_count));
}

TEST(Synthetic, ClassesAreBalanced) {
  const auto data = open();
  for (const auto* part : {&train_part(data), &test_part(data)}) {
    std::map<int, int> counts;
    for (const auto label : part->labels) ++counts[label];
    EXPECT_EQ(counts.size(), 10u);
    for (const auto& [label, count] : counts)
      EXPECT_NEAR(count, static_cast<double>(part->count) / 10, 1) << label;
  }
}

/// How much more a picture changes along one diagonal than along the other, without its noise: it changes its
/// sign in the mirror.
double handedness(const Images& images, std::int64_t index) {
  const auto* green = images.pixels.data() + index * images.image_bytes() + 32 * 32;
  double sum = 0;
  for (int y = 0; y + 1 < 32; ++y)
    for (int x = 0; x + 1 < 32; ++x) {
      const auto* p = green + y * 32 + x;
      const double one = p[33] - p[0], other = p[32] - p[1];
      sum += one * one - other * other;
    }
  return sum;
}

// Crop and flip must keep the label: over a class, left-handed and right-handed pictures are equally many.
TEST(Synthetic, EveryClassIsItsOwnMirrorImage) {
  const auto data = open({{"noise", 0.0}});
  const Images& images = train_part(data);
  std::map<int, std::vector<double>> values;
  for (std::int64_t i = 0; i < images.count; ++i)
    values[images.labels[static_cast<std::size_t>(i)]].push_back(handedness(images, i));
  for (const auto& [label, list] : values) {
    double sum = 0, squares = 0;
    for (const double value : list) sum += value, squares += value * value;
    const auto n = static_cast<double>(list.size());
    EXPECT_GT(squares, 0);
    EXPECT_LT(std::abs(sum), 5 * std::sqrt(squares)) << "class " << label << ", " << n << " pictures";
  }
}

TEST(Synthetic, NoiseIsAsWideAsAskedFor) {
  const auto clean = open({{"noise", 0.0}}), noisy = open({{"noise", 0.05}});
  const Images &a = train_part(clean), &b = train_part(noisy);
  double squares = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    if (a.pixels[i] < 64 || a.pixels[i] > 191) continue;  // away from black and white nothing is cut off
    const double difference = b.pixels[i] - a.pixels[i];
    squares += difference * difference;
    ++count;
  }
  // Rounding to bytes adds 2·1/12 to the variance.
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(count) - 2.0 / 12), 0.05 * 255, 0.05);
}

TEST(Synthetic, TheFingerprintIsThatOfTheOptions) {
  const auto of = [](const Json& options) { return synthetic().fingerprint(options, ""); };
  EXPECT_EQ(of(Json::object()), of({{"seed", 1}}));
  EXPECT_EQ(of({{"noise", 0}}), of({{"noise", 0.0}}));
  EXPECT_NE(of(Json::object()), of({{"seed", 2}}));
  EXPECT_NE(of({{"noise", 0.2}}), of({{"noise", 0.3}}));
}

TEST(Synthetic, RefusesWrongOptions) {
  for (const Json& options : std::vector<Json>{
           {{"noize", 0.1}}, {{"noise", -0.1}}, {{"noise", 1.5}}, {{"seed", -1}}, {{"seed", "one"}}}) {
    EXPECT_EQ(error_of([&] { open(options); }).exit_code(), 2) << options;
    EXPECT_EQ(error_of([&] { synthetic().fingerprint(options, ""); }).exit_code(), 2) << options;
  }
  EXPECT_STREQ(error_of([] {
                 open({{"noise", 1.5}});
               }).what(),
               "error: noise is 1.500000\n"
               "  where:    options of data set synthetic\n"
               "  expected: 0 <= noise <= 1\n"
               "  fix:      write another noise");
}

}  // namespace
}  // namespace mpq::datasets
