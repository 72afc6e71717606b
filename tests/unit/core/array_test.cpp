#include "core/array.h"

#include "tests/support/error_of.h"

namespace mpq {
namespace {

using testing::error_of;

template <class T>
void expect_round_trip(Dtype dtype) {
  const std::vector<T> values{T{1}, T{2}, T{3}, T{4}, T{5}, T{6}};
  const Array array = Array::of(values, {2, 3});
  EXPECT_EQ(array.dtype, dtype);
  EXPECT_EQ(array.count(), 6);
  EXPECT_EQ(array.bytes.size(), 6 * size_of(dtype));
  EXPECT_EQ(array.template as<T>(), values);
}

TEST(Array, KeepsValuesOfEveryType) {
  expect_round_trip<float>(Dtype::f32);
  expect_round_trip<double>(Dtype::f64);
  expect_round_trip<std::int8_t>(Dtype::i8);
  expect_round_trip<std::uint8_t>(Dtype::u8);
  expect_round_trip<std::int16_t>(Dtype::i16);
  expect_round_trip<std::int32_t>(Dtype::i32);
  expect_round_trip<std::int64_t>(Dtype::i64);
}

TEST(Array, AnEmptyShapeIsAScalarAndAZeroIsNothing) {
  EXPECT_EQ(Array::of(std::vector<double>{2.5}, {}).count(), 1);
  EXPECT_EQ(Array::of(std::vector<double>{}).count(), 0);
  EXPECT_TRUE(Array::of(std::vector<double>{}).as<double>().empty());
}

TEST(Array, EqualityLooksAtTypeShapeAndBytes) {
  const std::vector<std::int32_t> values{1, 2};
  EXPECT_EQ(Array::of(values), Array::of(values));
  EXPECT_NE(Array::of(values), Array::of(values, {2, 1}));
  EXPECT_NE(Array::of(values), Array::of(std::vector<std::int32_t>{1, 3}));
  EXPECT_NE(Array::of(std::vector<std::int32_t>{0}), Array::of(std::vector<float>{0}));
}

TEST(Array, AWrongShapeOrTypeIsABug) {
  EXPECT_EQ(error_of([] { Array::of(std::vector<float>{1, 2}, {3}); }).exit_code(), 70);
  EXPECT_EQ(error_of([] { Array::of(std::vector<float>{1}).as<double>(); }).exit_code(), 70);
}

}  // namespace
}  // namespace mpq
