#include "datasets/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"
#include "datasets/resample_kernels.h"

namespace mpq::datasets {
namespace {

double kernel(Filter filter, double x) {
  x = std::abs(x);
  if (filter == Filter::bilinear) return x < 1 ? 1 - x : 0;
  constexpr double kA = -0.5;
  if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * kA : 0;
}

/// The inputs that some outputs of an axis depend on.
struct Span {
  int begin = 0, end = 0;
};

/// How an axis is taken to another length; the numbers are those of Pillow's precompute_coeffs, step by step.
struct Axis {
  int from = 0;
  double scale = 1, widened = 1, support = 1;

  double centre(int output) const { return (output + 0.5) * scale; }
  Span inputs_of(int output) const {
    return {std::max(static_cast<int>(std::trunc(centre(output) - support + 0.5)), 0),
            std::min(static_cast<int>(std::trunc(centre(output) + support + 0.5)), from)};
  }
};

Axis axis_of(int from, int to, Filter filter) {
  require(from > 0 && to > 0, "an axis of no length is resampled");
  const double scale = static_cast<double>(from) / to, widened = std::max(scale, 1.0);
  return {from, scale, widened, (filter == Filter::bilinear ? 1.0 : 2.0) * widened};
}

Span inputs_of(int from, int to, const Outputs& outputs, Filter filter) {
  const int last = outputs.first + outputs.count - 1;
  if (from == to) return {outputs.first, last + 1};  // an axis that stays is not resampled
  const auto axis = axis_of(from, to, filter);
  // A later output begins and ends no earlier: the outer two say it for all.
  return {axis.inputs_of(outputs.first).begin, axis.inputs_of(last).end};
}

Taps moved(Taps taps, int by) {
  for (auto& first : taps.first) first -= by;
  return taps;
}

// Along each row; the inputs of `taps` count from the window's own left.
Picture resample_rows(const Picture& window, const Taps& taps) {
  Picture result(window.height, static_cast<int>(taps.first.size()));
  std::vector<std::uint8_t> padded(window.row_bytes() + 1);  // the kernel reads a byte too many
  for (int y = 0; y < window.height; ++y) {
    std::memcpy(padded.data(), window.row(y), window.row_bytes());
    kernels::resample_row(padded.data(), taps.weight.data(), taps.first.data(), taps.count.data(), taps.taps,
                          result.width, result.row(y));
  }
  return result;
}

Picture resample_columns(const Picture& rows, const Taps& taps) {
  Picture result(static_cast<int>(taps.first.size()), rows.width);
  std::vector<const std::uint8_t*> used(static_cast<std::size_t>(taps.taps));
  for (int y = 0; y < result.height; ++y) {
    const auto output = static_cast<std::size_t>(y);
    const int count = taps.count[output];
    for (int t = 0; t < count; ++t) used[static_cast<std::size_t>(t)] = rows.row(taps.first[output] + t);
    kernels::combine_rows(used.data(), taps.weight.data() + output * static_cast<std::size_t>(taps.taps),
                          count, static_cast<std::int64_t>(result.row_bytes()), result.row(y));
  }
  return result;
}

Picture cut(const Picture& picture, const Box& part) {
  Picture result(part.height, part.width);
  for (int y = 0; y < part.height; ++y)
    std::memcpy(result.row(y), picture.row(part.top + y) + static_cast<std::size_t>(part.left) * 3,
                result.row_bytes());
  return result;
}

}  // namespace

Taps resampling_taps(int from, int to, const Outputs& outputs, Filter filter) {
  const auto axis = axis_of(from, to, filter);
  require(outputs.first >= 0 && outputs.count >= 0 && outputs.count <= to - outputs.first,
          "weights of outputs that an axis does not have");
  Taps result;
  result.taps = static_cast<int>(std::ceil(axis.support)) * 2 + 1;
  const auto room = static_cast<std::size_t>(result.taps);
  result.weight.assign(static_cast<std::size_t>(outputs.count) * room, 0);
  std::vector<double> weights(room);
  for (int i = 0; i < outputs.count; ++i) {
    const double centre = axis.centre(outputs.first + i), narrowing = 1.0 / axis.widened;
    const auto [low, high] = axis.inputs_of(outputs.first + i);
    double sum = 0;
    for (int j = low; j < high; ++j) {
      const double w = kernel(filter, (j - centre + 0.5) * narrowing);
      weights[static_cast<std::size_t>(j - low)] = w;
      sum += w;
    }
    for (int j = low; j < high; ++j) {
      double w = weights[static_cast<std::size_t>(j - low)];
      if (sum != 0) w /= sum;
      const double fixed = w * (1 << kernels::kWeightBits);
      result.weight[static_cast<std::size_t>(i) * room + static_cast<std::size_t>(j - low)] =
          static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    result.first.push_back(low);
    result.count.push_back(high - low);
  }
  return result;
}

Taps resampling_taps(int from, int to, Filter filter) { return resampling_taps(from, to, {0, to}, filter); }

Box inputs_for(const Size& whole, const Size& target, const Box& part, Filter filter) {
  require(part.top >= 0 && part.left >= 0 && part.height > 0 && part.width > 0 &&
              part.height <= target.height - part.top && part.width <= target.width - part.left,
          "a part reaches past the resized picture");
  const auto rows = inputs_of(whole.height, target.height, {part.top, part.height}, filter);
  const auto columns = inputs_of(whole.width, target.width, {part.left, part.width}, filter);
  return {rows.begin, columns.begin, rows.end - rows.begin, columns.end - columns.begin};
}

Picture resize_window(const Picture& window, const Box& at, const Size& whole, const Size& target,
                      const Box& part, Filter filter) {
  const auto needed = inputs_for(whole, target, part, filter);
  require(at.height == window.height && at.width == window.width && at.top <= needed.top &&
              at.left <= needed.left && at.top + at.height >= needed.top + needed.height &&
              at.left + at.width >= needed.left + needed.width,
          "a window lacks pixels that a resized part depends on");
  auto rows = cut(window, {needed.top - at.top, needed.left - at.left, needed.height, needed.width});
  const Outputs across{part.left, part.width}, down{part.top, part.height};
  if (whole.width != target.width)
    rows =
        resample_rows(rows, moved(resampling_taps(whole.width, target.width, across, filter), needed.left));
  if (whole.height == target.height) return rows;
  return resample_columns(rows,
                          moved(resampling_taps(whole.height, target.height, down, filter), needed.top));
}

Picture resize_part(const Picture& picture, int height, int width, const Box& part, Filter filter) {
  const Size whole{picture.height, picture.width};
  return resize_window(picture, {0, 0, whole.height, whole.width}, whole, {height, width}, part, filter);
}

Picture resize(const Picture& picture, int height, int width, Filter filter) {
  return resize_part(picture, height, width, {0, 0, height, width}, filter);
}

void mirror(Picture& picture) {
  for (int y = 0; y < picture.height; ++y) {
    auto* row = picture.row(y);
    for (int left = 0, right = picture.width - 1; left < right; ++left, --right)
      for (int c = 0; c < 3; ++c) std::swap(row[3 * left + c], row[3 * right + c]);
  }
}

Size shorter_side_to(int height, int width, int side) {
  static constexpr double kLargest = std::numeric_limits<int>::max();
  const auto longer = [side](int is_long, int is_short) {
    return static_cast<int>(std::min(static_cast<double>(std::int64_t{side} * is_long) / is_short, kLargest));
  };
  return height <= width ? Size{side, longer(width, height)} : Size{longer(height, width), side};
}

Box centre_box(int height, int width, int side) {
  require(height >= side && width >= side, "a centre crop larger than its picture");
  // nearbyint rounds half to even in the default mode, as Python's round does.
  return {static_cast<int>(std::nearbyint((height - side) / 2.0)),
          static_cast<int>(std::nearbyint((width - side) / 2.0)), side, side};
}

Size box_size(double area, double aspect) {
  return {static_cast<int>(std::nearbyint(std::sqrt(area / aspect))),
          static_cast<int>(std::nearbyint(std::sqrt(area * aspect)))};
}

Box fallback_box(int height, int width) {
  constexpr double kNarrowest = 3.0 / 4, kWidest = 4.0 / 3;
  const double aspect = static_cast<double>(width) / height;
  Box box{0, 0, height, width};
  if (aspect < kNarrowest)
    box.height = static_cast<int>(std::nearbyint(width / kNarrowest));
  else if (aspect > kWidest)
    box.width = static_cast<int>(std::nearbyint(height * kWidest));
  box.top = (height - box.height) / 2;
  box.left = (width - box.width) / 2;
  return box;
}

}  // namespace mpq::datasets
