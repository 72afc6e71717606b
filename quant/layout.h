#pragma once

#include <torch/types.h>

#include <optional>

namespace mpq::quant {

/// x itself if its memory has neither gaps nor overlaps (in whatever order), else a contiguous copy.
/// Elementwise kernels run over such memory from end to end.
inline torch::Tensor dense(const torch::Tensor& x) {
  return x.is_non_overlapping_and_dense() ? x : x.contiguous();
}

/// Uninitialised memory with the sizes and strides of the dense tensor x.
inline torch::Tensor empty_in_layout_of(const torch::Tensor& x, std::optional<torch::ScalarType> type = {}) {
  return at::empty_strided(x.sizes(), x.strides(),
                           x.options().dtype(type.value_or(x.scalar_type())).requires_grad(false));
}

/// t with the element order of the dense tensor x: t itself where the strides agree, else a copy.
inline torch::Tensor in_layout_of(const torch::Tensor& x, const torch::Tensor& t) {
  bool same = t.scalar_type() == x.scalar_type();
  for (std::int64_t i = 0; same && i < x.dim(); ++i) same = x.size(i) < 2 || x.stride(i) == t.stride(i);
  return same ? t : empty_in_layout_of(x).copy_(t);
}

}  // namespace mpq::quant
