#!/usr/bin/env bash
# Installs what mpq is built from: Debian packages, by name, only those that are missing.
#
#   scripts/install.sh            install
#   scripts/install.sh --checks   also what checks the sources, clang-format 14 and clang-tidy, where Debian has it
#   scripts/install.sh --list     print the package names and install nothing
#
# Debian 12 and 13 are tested. Elsewhere it says what is needed and ends with exit code 3;
# MPQ_SKIP_INSTALL=1 skips this step (everything is there already, under other names or in other places).
set -euo pipefail

# The compiler and the build.
packages=(g++ cmake ninja-build ccache pkg-config git ca-certificates)
# Libraries. libopenblas-dev: without it LibTorch uses the slow reference BLAS.
packages+=(libtorch-dev libopenblas-dev libhwy-dev coinor-libcbc-dev
           libhdf5-dev libsqlite3-dev libsqlitecpp-dev
           libboost-dev libboost-program-options-dev
           libtomlplusplus-dev nlohmann-json3-dev libfmt-dev libssl-dev
           libjpeg-dev libpng-dev zlib1g-dev libarchive-dev)
# Programs that are run: figures of the report, mpq data fetch. Then tests and benchmarks.
packages+=(gnuplot-nox curl libgtest-dev libgmock-dev libbenchmark-dev)

checks=()
if [ "${1:-}" = --list ]; then
  printf '%s\n' "${packages[@]}"
  exit 0
elif [ "${1:-}" = --checks ]; then
  checks=(clang-format-14 clang-tidy)
elif [ $# -gt 0 ]; then
  sed -n '2,9p' "$0" >&2
  exit 2
fi

if [ "${MPQ_SKIP_INSTALL:-0}" = 1 ]; then
  echo "install: skipped (MPQ_SKIP_INSTALL=1)"
  exit 0
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  cat >&2 <<'NEEDED'
install: this is not a Debian system, so nothing was installed. mpq needs:
  a C++20 compiler (GCC 12 or newer), CMake 3.22, Ninja, pkg-config; ccache is optional
  LibTorch 1.13 or newer (CMAKE_PREFIX_PATH finds one that was unpacked anywhere) and a BLAS
  Highway, COIN-OR CBC (C interface), HDF5 with its C++ interface, SQLite 3, SQLiteCpp,
  Boost (headers, Program_options), toml++ 3, nlohmann-json 3, fmt, OpenSSL
  libjpeg-turbo 2 or newer, libpng 1.6, zlib, libarchive 3
  gnuplot for the figures; curl for mpq data fetch; GoogleTest for the tests; Google Benchmark for bench/
Install these, then set MPQ_SKIP_INSTALL=1.
NEEDED
  exit 3
fi

for package in "${checks[@]}"; do
  if apt-cache show "$package" >/dev/null 2>&1; then
    packages+=("$package")
  else
    echo "install: this Debian has no $package (or its package lists are empty)"
  fi
done
missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "install: all ${#packages[@]} packages are there already"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install: ${#missing[@]} packages are missing and neither root nor sudo is at hand. As root, run:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 3
  fi
  as_root=(sudo)
fi

echo "install: ${#missing[@]} of ${#packages[@]} packages are missing: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
echo "install: done"
