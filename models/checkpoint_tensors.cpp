#include <algorithm>

#include "models/checkpoint_contents.h"

namespace mpq::models::checkpoint {
namespace {

/// Elements from the first to the last that a non-empty slice touches; both are inside the file.
std::int64_t span_of(const Slice& slice) {
  std::int64_t last = 0;
  for (std::size_t i = 0; i < slice.sizes.size(); ++i) last += (slice.sizes[i] - 1) * slice.strides[i];
  return last + 1;
}

bool is_contiguous(const Slice& slice) {
  const auto plain = contiguous_strides(slice.sizes);
  for (std::size_t i = 0; i < plain.size(); ++i)
    if (slice.sizes[i] != 1 && slice.strides[i] != plain[i]) return false;
  return true;
}

/// Booleans of other bytes than 0 and 1 are undefined behaviour when they are used.
void check_booleans(const torch::Tensor& tensor, const std::string& where) {
  const auto* bytes = static_cast<const std::uint8_t*>(tensor.data_ptr());
  const bool good = std::all_of(bytes, bytes + tensor.numel(), [](std::uint8_t byte) { return byte <= 1; });
  if (!good) refuse("a boolean is neither 0 nor 1", where, "bytes 0 and 1");
}

torch::Tensor make_tensor(const ByteSource& source, const Slice& slice, std::int64_t count,
                          const std::string& where) {
  const auto options = torch::TensorOptions().dtype(slice.type);
  if (count == 0) return torch::empty(slice.sizes, options);
  const bool whole = is_contiguous(slice);
  const auto span = span_of(slice);
  auto tensor = whole ? torch::empty(slice.sizes, options) : torch::empty({span}, options);
  source.read(slice.begin, static_cast<std::size_t>(span * element_bytes(slice.type)), tensor.data_ptr());
  if (slice.type == torch::kBool) check_booleans(tensor, where);
  return whole ? tensor
               : tensor.as_strided(slice.sizes, slice.strides).clone(torch::MemoryFormat::Contiguous);
}

}  // namespace

std::int64_t most_tensor_bytes(const ByteSource& source) {
  constexpr std::uint64_t kSlack = std::uint64_t{16} << 20, kMostFile = std::uint64_t{1} << 50;
  return static_cast<std::int64_t>(4 * std::min(source.size(), kMostFile) + kSlack);
}

StateDict make_tensors(const ByteSource& source, const Slices& slices, std::int64_t& bytes_left) {
  StateDict tensors;
  tensors.reserve(slices.size());
  for (const auto& [name, slice] : slices) {
    const auto where = source.name() + ", tensor " + shown(name);
    const auto count = element_count(slice.sizes, slice.type).value();
    const auto elements = count == 0 ? 0 : std::max(count, span_of(slice));
    const auto bytes = elements * element_bytes(slice.type);
    if (bytes > bytes_left)
      refuse("the tensors need much more memory than the file has bytes", where,
             "tensors that do not repeat the same storage many times", kSaveWeights);
    bytes_left -= bytes;
    tensors.emplace_back(name, make_tensor(source, slice, count, where));
  }
  return tensors;
}

}  // namespace mpq::models::checkpoint
