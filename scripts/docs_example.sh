#!/usr/bin/env bash
# Does what docs/add_a_method.md says, with its own words: takes the method out of the page, builds it in a copy of this
# checkout, checks its promises, and gives it a row in a study.
#
#   scripts/docs_example.sh
set -euo pipefail
source "$(dirname "$0")/common.sh"

page=docs/add_a_method.md
name=$(sed -n 's/^## 2\. Write the file: `methods\/\(.*\)\.cpp`$/\1/p' "$page")
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git -c safe.directory='*' clone -q . "$copy/mpq"
sed -n '/^```cpp$/,/^```$/p' "$page" | sed '1d;$d' >"$copy/mpq/methods/$name.cpp"
cd "$copy/mpq"

say "build, with $name ($(grep -c . "methods/$name.cpp") lines that are not empty)"
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DMPQ_BUILD_TESTS=OFF -DMPQ_BUILD_BENCH=OFF
cmake --build build --parallel "$(build_jobs)" --target mpq mpq-worker
build/bin/mpq list methods | grep "^$name "

say "its promises"
build/bin/mpq check "$name"

say "its row"
{
  sed 's/^name  *= "quick"/name = "my_study"/; /^\[\[method\]\]/,$d' experiments/quick.toml
  printf '[[method]]\nname = "float"\n'
  sed -n '/^```toml$/,/^```$/p' "$page" | sed '1d;$d'
} >my_study.toml
build/bin/mpq run my_study.toml --store "$copy/store" | tee "$copy/table"
grep -q "done" "$copy/table"
