#!/usr/bin/env bash
# Formats the sources in place with the pinned clang-format; --check only says what differs (exit code 1).
#
#   scripts/format.sh [--check]
#
# Versions of clang-format disagree with each other, so with any other version --check is skipped, in words.
set -euo pipefail
source "$(dirname "$0")/common.sh"

pinned=14
tool=$(command -v clang-format-$pinned || command -v clang-format || true)
if [ -z "$tool" ] || [[ $("$tool" --version) != *"version $pinned."* ]]; then
  echo "format: skipped, clang-format $pinned is not here (Debian package clang-format-$pinned)"
  exit 0
fi
mapfile -t files < <(find core quant models datasets training search methods results worker analysis harness cli \
  bench tests -name '*.cpp' -o -name '*.h' | sort)
if [ "${1:-}" != --check ]; then
  "$tool" -i "${files[@]}"
  exit 0
fi
differing=()
for file in "${files[@]}"; do
  "$tool" --dry-run -Werror "$file" 2>/dev/null || differing+=("$file")
done
if [ ${#differing[@]} -gt 0 ]; then
  printf '%s\n' "${differing[@]}"
  echo "format: ${#differing[@]} of ${#files[@]} files differ; run scripts/format.sh"
  exit 1
fi
echo "format: ${#files[@]} files are as clang-format $pinned writes them"
