#!/bin/bash
# An operator's page: removes temporary reports.
printf 'Content-Type: text/plain\n\n'
report=$(mktemp /tmp/report-XXXXXX)
date >"$report"
find /tmp -maxdepth 1 -name 'report-*' -print -delete
