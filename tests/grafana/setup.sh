#!/bin/sh
# Makes what the dashboards are type-checked with: Grafana's own types and TypeScript from npm, in target/grafana; 26 MB.
#
# npm is not installed for it: Debian's draws in hundreds of packages. Where it, or its registry, is missing this says so and
# leaves nothing; the test that needs it is then listed as ignored.
set -eu

cd "$(dirname "$0")/../.."
home=target/grafana
missing() {
    rm -rf "$home"
    echo "tests/grafana/setup.sh: $1; the dashboards are not type-checked" >&2
    exit 0
}

command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || missing "no npm"
mkdir -p "$home"
npm install --prefix "$home" --silent --ignore-scripts --no-audit --no-fund --save-exact \
    @grafana/schema@13.2.3 typescript@5.9.3 || missing "npm gives no @grafana/schema"
