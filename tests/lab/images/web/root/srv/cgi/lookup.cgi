#!/bin/bash
# Looks up a host. It trusts its query, which is the hole that scenarios come in through.
printf 'Content-Type: text/plain\n\n'
query=${QUERY_STRING#host=}
host=$(printf '%b' "${query//%/\\x}")
eval "getent hosts $host" 2>&1
