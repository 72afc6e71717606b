#!/usr/bin/env bash
# Throws damaged files at every reader of strangers' files, with Clang's libFuzzer and sanitizers.
#
#   scripts/fuzz.sh [MINUTES [TARGET…]]      default: 10 minutes for each of
#                                            safetensors pickle zip cifar tar picture class_map policy
#
# Two run at a time, in build-fuzz/. A finding ends its target and is kept in tests/fuzz/found/TARGET/, where
# mpq_fuzz_test reads it from then on. Needs clang (Debian 13: clang, libomp-dev; Debian 12: clang-16, libomp-16-dev,
# libstdc++-11-dev).
set -euo pipefail
source "$(dirname "$0")/common.sh"

minutes=${1:-10}
[ $# -eq 0 ] || shift
targets=("$@")
[ $# -gt 0 ] || targets=(safetensors pickle zip cifar tar picture class_map policy)

# LibTorch 1.13 has a std::vector of an incomplete type, which Clang refuses where vectors are constexpr: there it takes
# the standard library of GCC 11.
takes_libtorch() {
  command -v "$1" >/dev/null && echo '#include <torch/types.h>' |
    "$@" -std=c++20 -isystem /usr/include/torch/csrc/api/include -x c++ -fsyntax-only - 2>/dev/null
}
clang=clang++ flags=
older=$(find /usr/lib/gcc -maxdepth 2 -name 11 2>/dev/null | head -n 1)
if ! takes_libtorch "$clang"; then
  clang=clang++-16 flags=--gcc-install-dir=$older
  if [ -z "$older" ] || ! takes_libtorch "$clang" "$flags"; then
    echo "fuzz: skipped, no Clang here compiles LibTorch's headers (packages: see the head of scripts/fuzz.sh)"
    exit 0
  fi
fi

say "build"
cmake -S . -B build-fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_COMPILER="$clang" -DCMAKE_CXX_FLAGS="$flags" \
  -DCMAKE_C_COMPILER="${clang/++/}" \
  -DMPQ_FUZZ=ON -DMPQ_SANITIZE=fuzzer-no-link,address,undefined -DMPQ_BUILD_TESTS=ON -DMPQ_BUILD_BENCH=OFF
cmake --build build-fuzz --parallel "$(build_jobs)" --target "${targets[@]/#/mpq_fuzz_}"

# Leaks count as findings, but for what LibTorch and its threads keep for themselves. (A tensor of ours that is lost
# would hide there; readers without LibTorch have nothing to hide behind.)
printf 'leak:%s\n' libtorch libc10 libgomp libomp >build-fuzz/leaks-of-others
# Looking for leaks needs ptrace, which some containers forbid; then everything else is looked for.
leaks=1
echo 'int main() { return 0; }' | "$clang" -x c++ -fsanitize=address -o build-fuzz/no_leak -
if ! ASAN_OPTIONS=detect_leaks=1 build-fuzz/no_leak 2>/dev/null; then
  leaks=0
  echo "fuzz: leaks are not looked for: LeakSanitizer cannot run here (no ptrace)"
fi
# Overflows into a container's spare room are looked for as well, where it is marked: libstdc++ does so for vectors under
# _GLIBCXX_SANITIZE_VECTOR alone, which a LibTorch built without it would turn into false alarms.

say "$minutes minutes for each of: ${targets[*]}"
export minutes leaks
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c '
  target=$1 program=build-fuzz/bin/mpq_fuzz_$1 corpus=build-fuzz/corpus/$1 found=tests/fuzz/found/$1
  mkdir -p "$corpus" "$found"
  "$program" --seeds "$corpus"
  export ASAN_OPTIONS=detect_leaks=$leaks:allocator_may_return_null=1
  export LSAN_OPTIONS=suppressions=build-fuzz/leaks-of-others:print_suppressions=0
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  if "$program" -max_total_time=$((60 * minutes)) -timeout=30 -rss_limit_mb=3072 -max_len=65536 -print_final_stats=1 \
      -detect_leaks="$leaks" -artifact_prefix="$found/" "$corpus" >"build-fuzz/$target.log" 2>&1; then
    echo "fuzz: $target: $(grep -E "number_of_executed_units" "build-fuzz/$target.log" | tr -s " :" " ")  no finding"
    rmdir --ignore-fail-on-non-empty "$found"
  else
    echo "fuzz: $target: FINDING, see build-fuzz/$target.log and $found/"
    exit 1
  fi' fuzz {}
