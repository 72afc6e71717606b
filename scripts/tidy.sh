#!/usr/bin/env bash
# Runs the checks of .clang-tidy over the folders that need no LibTorch (its headers cost a minute a file).
#
#   scripts/tidy.sh [--changed REVISION] [FILE…]
#
# --changed takes only files that differ from REVISION. At most MPQ_TIDY_MINUTES (default 5) are spent; files that
# were not reached are counted aloud.
set -euo pipefail
source "$(dirname "$0")/common.sh"

if ! command -v clang-tidy >/dev/null; then
  echo "tidy: skipped, clang-tidy is not here (Debian package clang-tidy)"
  exit 0
fi
folders='^(core|datasets|results|analysis|harness|cli)/.*\.cpp$'
if [ "${1:-}" = --changed ]; then
  mapfile -t files < <(git -c safe.directory='*' diff --name-only --diff-filter=d "$2" -- | grep -E "$folders" || true)
elif [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(find core datasets results analysis harness cli -name '*.cpp' | sort)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What the build generates: any value serves here.
printf '#define MPQ_REVISION "tidy"\n#define MPQ_DIRTY 0\n' >"$work/revision.h"
flags=(-std=c++20 -I. "-I$work" -DFMT_SHARED -DMPQ_BUILD_TYPE='""' -DMPQ_COMPILER='""' -DMPQ_VERSION='""')
mapfile -t -O ${#flags[@]} flags < <(pkg-config --cflags-only-I hdf5 2>/dev/null | tr ' ' '\n' | sed 's/^-I/-isystem/' | grep . || true)
export work
deadline=$((SECONDS + 60 * ${MPQ_TIDY_MINUTES:-5}))

checked=0 bad=0 beyond=0
while [ "$checked" -lt ${#files[@]} ] && [ "$SECONDS" -lt "$deadline" ]; do
  batch=("${files[@]:checked:4}")
  printf '%s\n' "${batch[@]}" | xargs -P "$(nproc)" -I{} sh -c '
    file=$1; shift
    log="$work/$(echo "$file" | tr / _)"
    clang-tidy --quiet --warnings-as-errors="*" "$file" -- "$@" >"$log.out" 2>"$log.err" || touch "$log.bad"' \
    tidy {} "${flags[@]}"
  checked=$((checked + ${#batch[@]}))
done
for failed in "$work"/*.bad; do
  [ -e "$failed" ] || continue
  out=${failed%.bad}.out
  # Debian 12's clang is behind GCC 12 in C++20: what it cannot read it cannot judge.
  if grep -q 'clang-diagnostic-error' "$out" && ! grep 'error:' "$out" | grep -qv 'clang-diagnostic-error'; then
    beyond=$((beyond + 1))
    echo "tidy: not readable for this clang: $(grep -m 1 'error:' "$out")"
  else
    bad=$((bad + 1))
    cat "$out"
    grep -E 'error:' "${failed%.bad}.err" || true
  fi
done
echo "tidy: $checked of ${#files[@]} files looked at, $bad with findings, $beyond not readable for this clang"
[ "$bad" -eq 0 ] && [ "$beyond" -le $((1 + checked / 4)) ]
