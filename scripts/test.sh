#!/usr/bin/env bash
# Installs packages, builds everything and runs the tests: first the fast ones, then the rest but the nightly ones.
#
#   scripts/test.sh [more options of ctest]      e.g. -R Greedy
#
# Tests on recorded and real data look for them in MPQ_GOLDEN and MPQ_DATA and say so when they skip.
set -euo pipefail
source "$(dirname "$0")/common.sh"

say "packages"
scripts/install.sh

say "build"
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DMPQ_BUILD_TESTS=ON -DMPQ_BUILD_BENCH=ON \
  -DMPQ_WERROR="${MPQ_WERROR:-OFF}"
cmake --build build --parallel "$(build_jobs)"

say "fast tests"
some=(--no-tests=error)
[ $# -eq 0 ] || some=()  # a choice may name tests of one kind alone
ctest --test-dir build --output-on-failure "${some[@]}" --parallel 2 -L fast "$@"
say "other tests (nightly ones left out: scripts/nightly.sh)"
ctest --test-dir build --output-on-failure --parallel 2 -LE '^(fast|nightly)$' "$@"
