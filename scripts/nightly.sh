#!/usr/bin/env bash
# What takes long: the tests labelled nightly. Builds first if needed; hours, not minutes.
#
#   scripts/nightly.sh [more options of ctest]
set -euo pipefail
source "$(dirname "$0")/common.sh"

say "packages"
scripts/install.sh

say "build"
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DMPQ_BUILD_TESTS=ON
cmake --build build --parallel "$(build_jobs)"

say "long tests"
# One at a time: several of them measure, or want all processors.
ctest --test-dir build --output-on-failure --parallel 1 -L '^nightly$' "$@"

say "the example of docs/add_a_method.md"
scripts/docs_example.sh

say "fuzzing"
scripts/fuzz.sh "${MPQ_FUZZ_MINUTES:-10}"

say "clang-tidy, the LibTorch folders too"
MPQ_TIDY_MINUTES="${MPQ_TIDY_MINUTES:-240}" scripts/tidy.sh --all
