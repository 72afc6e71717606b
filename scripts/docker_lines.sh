#!/usr/bin/env bash
# Runs the RUN lines of the Dockerfile in a bare Debian root, so that they are tested where no Docker is.
#
#   scripts/docker_lines.sh [ROOT]     ROOT: a root file system to use; without it debootstrap makes one and it is
#                                      removed at the end (about 4 GB; needs the network or a package proxy)
#   scripts/docker_lines.sh --print    only prints the lines
#
# Ends with 77, in words, where it cannot run: no root rights, no debootstrap, no private mounts.
set -euo pipefail
source "$(dirname "$0")/common.sh"

skip() {
  echo "docker_lines: skipped: $*"
  exit 77
}

# RUN instructions, one a line, with continued lines joined.
run_lines() {
  awk '{ line = line $0 } /\\$/ { sub(/\\$/, "", line); next }
       { if (line ~ /^RUN /) print substr(line, 5); line = "" }' Dockerfile
}

if [ "${1:-}" = --print ]; then
  run_lines
  exit 0
fi
[ "$(id -u)" -eq 0 ] || skip "needs root rights (chroot)"
unshare -m true 2>/dev/null || skip "private mounts are not allowed here"

root=${1:-}
if [ -z "$root" ]; then
  command -v debootstrap >/dev/null || skip "debootstrap is not here (Debian package debootstrap)"
  suite=$(sed -nE 's/^FROM debian:([a-z]+).*/\1/p' Dockerfile)
  archive=$(grep -hoE '(URIs:|^deb)[^#]*' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ' || true)
  [ -n "$archive" ] || skip "no Debian archive in /etc/apt"
  root=$(mktemp -d /var/tmp/mpq-docker.XXXXXX)
  trap 'rm -rf --one-file-system "$root"' EXIT
  debootstrap --variant=minbase --no-check-gpg "$suite" "$root" "$archive" >"$root.log" 2>&1 ||
    { tail -n 5 "$root.log"; skip "debootstrap failed"; }
  rm -f "$root.log"
  printf 'deb [trusted=yes] %s %s main\n' "$archive" "$suite" >"$root/etc/apt/sources.list"
  cp -f /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
  grep -lE 'Proxy' /etc/apt/apt.conf.d/* 2>/dev/null | xargs -r -I{} cp {} "$root/etc/apt/apt.conf.d/" || true
fi

# COPY . /src
rm -rf "$root/src"
mkdir -p "$root/src"
tar --exclude='./build*' --exclude=./store --exclude=./data --exclude=./.cache -cf - . | tar -C "$root/src" -xf -

mapfile -t lines < <(run_lines)
[ ${#lines[@]} -gt 0 ] || { echo "docker_lines: the Dockerfile has no RUN line"; exit 1; }
for line in "${lines[@]}"; do
  echo "docker_lines: RUN $line"
  unshare -m -- bash -euc '
    mount --make-rprivate /
    mount -t proc proc "$1/proc"; mount --rbind /sys "$1/sys"; mount --rbind /dev "$1/dev"
    exec chroot "$1" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      DEBIAN_FRONTEND=noninteractive sh -c "cd /src && $2"' lines "$root" "$line"
done
echo "docker_lines: all ${#lines[@]} RUN lines passed"
