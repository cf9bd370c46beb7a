#!/bin/sh
# Fetches what looks for barriers in pages of the console: axe-core from npm, in target/axe; 2 MB, a script and nothing else.
#
# npm is not installed for it: Debian's draws in hundreds of packages. Where it, or its registry, is missing this says so and
# leaves nothing; the test that needs it is then listed as ignored.
set -eu

cd "$(dirname "$0")/../.."
home=target/axe
missing() {
    rm -rf "$home"
    echo "tests/axe/setup.sh: $1; pages are not checked by axe" >&2
    exit 0
}

command -v npm >/dev/null 2>&1 || missing "no npm"
mkdir -p "$home"
npm install --prefix "$home" --silent --ignore-scripts --no-audit --no-fund --save-exact axe-core@4.14.1 \
    || missing "npm gives no axe-core"
