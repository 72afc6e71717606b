#!/usr/bin/env bash
# Builds the two programs into build/bin (Release, without tests): what quickstart and the Dockerfile share.
set -euo pipefail
source "$(dirname "$0")/common.sh"

cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DMPQ_BUILD_TESTS=OFF -DMPQ_BUILD_BENCH=OFF
cmake --build build --parallel "$(build_jobs)" --target mpq mpq-worker
