#pragma once

#include "core/json.h"

namespace mpq::worker {

/// Where a stage runs: {"build", "cpu", "instruction_set", "aten_instruction_set", "libtorch", "device", "kernel"}.
/// Stored beside results.
Json environment();

/// The part of it that changes bits: a half-done stage is continued under the same one only.
Json numerical_environment();

/// The allocator keeps what it has (a float step is 1.4 times faster for it), and LibTorch gets `threads`
/// threads.
void set_up_process(int threads);

}  // namespace mpq::worker
