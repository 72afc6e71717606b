#!/usr/bin/env bash
# Runs the checks of .clang-tidy.
#
#   scripts/tidy.sh [--all | --changed REVISION] [FILE…]
#
# Without words it takes the folders that need no LibTorch, whose headers cost a minute a file; --changed takes the files
# of every folder that differ from REVISION, --all takes all (hours: nightly). At most MPQ_TIDY_MINUTES (default 5) are
# spent; files that were not reached are counted aloud.
set -euo pipefail
source "$(dirname "$0")/common.sh"

if ! command -v clang-tidy >/dev/null; then
  echo "tidy: skipped, clang-tidy is not here (Debian package clang-tidy)"
  exit 0
fi
light=(core datasets results analysis harness cli) heavy=(quant models training search methods worker)
is_heavy() { [[ "${1#./}" =~ ^($(IFS='|'; echo "${heavy[*]}"))/ ]]; }
sources() { find "$@" -name '*.cpp' | sort; }

case "${1:-}" in
  --changed)
    folders="^($(IFS='|'; echo "${light[*]}|${heavy[*]}"))/.*\.cpp$"
    mapfile -t files < <(git -c safe.directory='*' diff --name-only --diff-filter=d "$2" -- | grep -E "$folders" || true)
    ;;
  --all) mapfile -t files < <(sources "${light[@]}"; sources "${heavy[@]}") ;;
  '') mapfile -t files < <(sources "${light[@]}") ;;
  *) files=("$@") ;;
esac
# What is quick comes first, whatever the minutes are.
mapfile -t files < <(for file in "${files[@]}"; do is_heavy "$file" || echo "$file"; done
                     for file in "${files[@]}"; do ! is_heavy "$file" || echo "$file"; done)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What the build generates: any value serves here.
printf '#define MPQ_REVISION "tidy"\n#define MPQ_DIRTY 0\n' >"$work/revision.h"
flags=(-std=c++20 -I. "-I$work" -DFMT_SHARED -DMPQ_BUILD_TYPE='""' -DMPQ_COMPILER='""' -DMPQ_VERSION='""')
mapfile -t -O ${#flags[@]} flags < <(pkg-config --cflags-only-I hdf5 2>/dev/null | tr ' ' '\n' | sed 's/^-I/-isystem/' | grep . || true)
# LibTorch where the build found it, or else Debian's; and the solver, which only a folder above it includes. Without
# -fopenmp its headers do not ask for omp.h, which Debian's clang lacks.
mapfile -t torch < <(grep -F '"command"' build/compile_commands.json 2>/dev/null | grep -F '/quant/quantizer.cpp' |
  head -n 1 | grep -oE -- '-isystem [^ ]+' | tr ' ' '\n' || true)
[ ${#torch[@]} -gt 0 ] || torch=(-isystem /usr/include/torch/csrc/api/include)
mapfile -t -O ${#torch[@]} torch < <(pkg-config --cflags cbc libhwy 2>/dev/null | tr ' ' '\n' | sed 's/^-I/-isystem/' | grep . || true)
export work
deadline=$((SECONDS + 60 * ${MPQ_TIDY_MINUTES:-5}))

checked=0 bad=0 beyond=0
while [ "$checked" -lt ${#files[@]} ] && [ "$SECONDS" -lt "$deadline" ]; do
  jobs=$(nproc) batch=("${files[@]:checked:4}") more=()
  if is_heavy "${batch[-1]}"; then  # it reads as many headers as a compiler, and takes as much memory
    jobs=$(build_jobs) more=("${torch[@]}")
    batch=("${files[@]:checked:jobs}")
  fi
  printf '%s\n' "${batch[@]}" | xargs -P "$jobs" -I{} sh -c '
    file=$1; shift
    log="$work/$(echo "$file" | tr / _)"
    clang-tidy --quiet --warnings-as-errors="*" "$file" -- "$@" >"$log.out" 2>"$log.err" || touch "$log.bad"' \
    tidy {} "${flags[@]}" "${more[@]}"
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
