#!/usr/bin/env bash
# Before a push: format, arrows between the folders, fast tests. Builds what has changed; quick where scripts/test.sh has
# installed the packages and built before.
set -euo pipefail
source "$(dirname "$0")/common.sh"

say "format"
scripts/format.sh --check

say "configure"
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DMPQ_BUILD_TESTS=ON
say "arrows"
cmake --build build --parallel "$(build_jobs)" --target mpq_house_test
build/bin/mpq_house_test --gtest_brief=1

say "fast tests"
cmake --build build --parallel "$(build_jobs)"
ctest --test-dir build --output-on-failure --no-tests=error --parallel 2 -L fast
