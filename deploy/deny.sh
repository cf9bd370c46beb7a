#!/bin/sh
# cargo-deny over licences, bans and sources; over advisories too where its database can be fetched.
set -eu
if ! command -v cargo-deny >/dev/null 2>&1 && ! cargo install --quiet --locked cargo-deny; then
    echo "deny: SKIPPED, cargo-deny can't be installed here" >&2
    exit 0
fi
cargo deny --log-level error check bans licenses sources
if cargo deny fetch db >/dev/null 2>&1; then
    cargo deny --log-level error check advisories
else
    echo "deny: advisories SKIPPED, their database can't be fetched here" >&2
fi
