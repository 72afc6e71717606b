#!/usr/bin/env bash
# What takes long, hours and not minutes: the tests labelled nightly, the examples of the docs, fuzzing, and clang-tidy on
# every file. Installs packages and builds first.
#
#   scripts/nightly.sh [more options of ctest]
#
# MPQ_FUZZ_MINUTES (default 10) is the time for each target of scripts/fuzz.sh, MPQ_TIDY_MINUTES (default 240) that of all of
# clang-tidy.
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
