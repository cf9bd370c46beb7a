#!/bin/sh
# Runs a command with a Docker engine: one that runs already, or one started here and stopped afterwards.
#
#   deploy/with-docker.sh COMMAND [ARGUMENT...]
#
# Where there can be none (no root, no dockerd) the command runs all the same; it has to cope.
set -eu

socket=/var/run/docker.sock
answers() { [ -S "$socket" ] && docker -H "unix://$socket" version >/dev/null 2>&1; }
engine=""
log=""

stop() {
    status=$?
    trap - EXIT INT TERM
    if [ -n "$engine" ]; then
        kill "$engine" 2>/dev/null || true
        while kill -0 "$engine" 2>/dev/null; do sleep 0.1; done
        rm -f "$log"
    fi
    exit "$status"
}

if ! answers && [ "$(id -u)" = 0 ] && dockerd=$(command -v dockerd); then
    log=$(mktemp)
    # In a session of its own, so that Ctrl-C stops the command first and the engine after its clean-up.
    setsid "$dockerd" >"$log" 2>&1 &
    engine=$!
    trap stop EXIT INT TERM
    tries=0
    until answers; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$engine" 2>/dev/null; then
            echo "with-docker: dockerd did not start; its last words:" >&2
            tail -n 5 "$log" >&2
            break
        fi
        sleep 0.1
    done
fi

# Not exec: the engine must be stopped afterwards. INT goes to the command too; this shell waits for it.
trap : INT
"$@"
