#!/usr/bin/env bash
# From a bare Debian to a table: installs packages, builds the two programs, runs the quick study.
#
#   scripts/quickstart.sh [options of `mpq run`]      e.g. --store /big/store
#
# The study needs no data and at most 5 minutes on 2 cores; a finished study is recognised and not run again.
set -euo pipefail
source "$(dirname "$0")/common.sh"

say "packages"
scripts/install.sh

say "build (build/bin/mpq and build/bin/mpq-worker)"
scripts/build.sh

say "study experiments/quick.toml"
code=0
build/bin/mpq run experiments/quick.toml "$@" || code=$?

say "done"
echo "The last line above names the folder of the report (report.md, tables as CSV, figures as SVG)."
echo "Next: build/bin/mpq list methods --long   build/bin/mpq report quick   docs/add_a_method.md"
exit "$code"
