#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quant/range.h"

/// Vector kernels over raw memory, without LibTorch, dispatched at run time to the best instruction set of
/// the machine. T is float or double. Each call handles one chunk in the calling thread; the caller cuts the
/// work into chunks whose size does not depend on the number of threads and adds the partial sums in order,
/// so that results do not depend on it either.
namespace mpq::quant::kernels {

/// Names of the instruction sets that were compiled and run here, best first; the last is the scalar
/// fallback.
std::vector<std::string> instruction_sets();
/// The one in use.
std::string instruction_set();
/// Uses the named one from now on, in all threads; "" returns to the best. For tests and for reproducing
/// results of another machine; must not run beside a kernel. Throws Error(input) for a name that is not in
/// the list.
void use_instruction_set(const std::string& name);

/// Elements of a chunk for which one partial sum is kept.
inline constexpr std::int64_t kChunk = 4096;
/// Elements below which a thread costs more than it saves; a multiple of kChunk.
inline constexpr std::int64_t kGrain = 4 * kChunk;

/// y = round(clamp(x / step, min, max)) · step, ties to even; NaN stays NaN. Reads and writes n values.
template <typename T>
void quantize(const T* x, std::int64_t n, T step, Range range, T* y);

/// The codes alone. Code is int32 or int8; the range must fit.
template <typename T, typename Code>
void quantize_codes(const T* x, std::int64_t n, T step, Range range, Code* codes);

/// gx = g inside the clip range (ends inclusive), 0 outside; returns Σ g·(code − x/step inside, min below,
/// max above), the gradient of the step.
template <typename T>
double quantize_backward(const T* x, const T* g, std::int64_t n, T step, Range range, T* gx);

/// When a weight counts as turbulent (rfquant.md §8.1): within `half_width` of its code's centre it does not.
template <typename T>
struct Turbulence {
  T half_width;   ///< step/2 · (1 − proportion)
  T lowest_edge;  ///< step · (min + (1 − proportion)/2): the lowest code's upper edge
};
template <typename T>
std::int64_t count_turbulent(const T* w, std::int64_t n, T step, Range range, Turbulence<T> turbulence);

/// Output bounds of an activation: clamp(v, low, high); a gradient passes strictly between them.
template <typename T>
struct Bounds {
  T low, high;
};

/// Rows of a chunk of channels-last data [rows, channels].
std::int64_t rows_per_chunk(std::int64_t channels);

/// sum[c] = Σ x, squares[c] = Σ (x − mean of the chunk)² of one chunk [rows, channels].
template <typename T>
void channel_moments(const T* x, std::int64_t rows, std::int64_t channels, double* sum, double* squares);

/// y = clamp(x·scale[c] + shift[c] [+ residual]); residual may be null.
template <typename T>
void norm_act(const T* x, const T* residual, std::int64_t rows, std::int64_t channels, const T* scale,
              const T* shift, Bounds<T> bounds, T* y);

/// Per channel, what the backward pass needs: y was act(x·scale + shift), x was centred at `mean`.
template <typename T>
struct NormBackward {
  const T *mean, *scale, *shift;
  const T *centre, *slope;  ///< norm_act_backward alone
  Bounds<T> bounds;
};

/// Gradient behind the activation, m = g where the output lies strictly within the bounds, else 0. The output
/// is read from `y`, and m written to `masked`; or both are null, and the output is recomputed from x. Per
/// channel of one chunk: sum_m = Σ m, sum_mx = Σ m·(x − mean).
template <typename T>
void norm_act_backward_sums(const T* x, const T* y, const T* g, std::int64_t rows, std::int64_t channels,
                            const NormBackward<T>& parameters, T* masked, double* sum_m, double* sum_mx);

/// gx = scale·(m − centre − (x − mean)·slope), m recomputed from x and g. With infinite bounds m = g.
template <typename T>
void norm_act_backward(const T* x, const T* g, std::int64_t rows, std::int64_t channels,
                       const NormBackward<T>& parameters, T* gx);

}  // namespace mpq::quant::kernels
