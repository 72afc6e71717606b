#!/usr/bin/env bash
# Does what docs/add_a_method.md and docs/add_a_network.md say, with their own words: takes the method and the network
# out of the pages, builds them in a copy of this checkout, checks the method's promises, and gives both a row in a study.
#
#   scripts/docs_example.sh
set -euo pipefail
source "$(dirname "$0")/common.sh"

# The name in "## N. Write the file: `FOLDER/NAME.cpp`" and the first block of a kind of code below it.
name_in() { sed -n "s/^## [0-9]*\\. Write the file: \`$2\\/\\(.*\\)\\.cpp\`\$/\\1/p" "$1"; }
code_in() { sed -n "/^\`\`\`$2\$/,/^\`\`\`\$/p" "$1" | sed '1d;/^```$/,$d'; }
lines_of() { grep -c . "$1"; }

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git -c safe.directory='*' clone -q . "$copy/mpq"
cd "$copy/mpq"
method=$(name_in docs/add_a_method.md methods)
network=$(name_in docs/add_a_network.md models)
code_in docs/add_a_method.md cpp >"methods/$method.cpp"
code_in docs/add_a_network.md cpp >"models/$network.cpp"

say "build, with $method ($(lines_of "methods/$method.cpp") lines that are not empty)" \
  "and $network ($(lines_of "models/$network.cpp"))"
grep -q "a row in the table: $(lines_of "methods/$method.cpp") lines that are not empty" docs/add_a_method.md
grep -q "searched, $(lines_of "models/$network.cpp") lines that are not empty" docs/add_a_network.md
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DMPQ_BUILD_TESTS=OFF -DMPQ_BUILD_BENCH=OFF
cmake --build build --parallel "$(build_jobs)" --target mpq mpq-worker
build/bin/mpq list methods | grep "^$method "
build/bin/mpq list models | grep "^$network "

say "promises of $method"
build/bin/mpq check "$method"

say "their rows"
{
  sed '/^networks /d; s/^name  *= "quick"/name = "my_study"/; /^\[\[method\]\]/,$d' experiments/quick.toml
  code_in docs/add_a_network.md toml
  printf '[[method]]\nname = "float"\n'
  code_in docs/add_a_method.md toml
} >my_study.toml
build/bin/mpq run my_study.toml --store "$copy/store" | tee "$copy/table"
grep -q "done" "$copy/table"
