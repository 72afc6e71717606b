#pragma once

#include <cstdint>

/// Inner loops of datasets/resample.h, dispatched at run time; integer arithmetic, so that every instruction
/// set gives the same bytes.
namespace mpq::datasets::kernels {

inline constexpr int kWeightBits = 22;

/// target[3·i + c] = clamp((half + Σ_t weight[i·taps + t] · source[3·(first[i] + t) + c]) >> 22), i <
/// outputs. `source` holds one readable byte behind its last pixel.
void resample_row(const std::uint8_t* source, const std::int32_t* weight, const std::int32_t* first,
                  const std::int32_t* count, int taps, int outputs, std::uint8_t* target);

/// target[i] = clamp((half + Σ_t weight[t] · rows[t][i]) >> 22), i < bytes.
void combine_rows(const std::uint8_t* const* rows, const std::int32_t* weight, int count, std::int64_t bytes,
                  std::uint8_t* target);

}  // namespace mpq::datasets::kernels
