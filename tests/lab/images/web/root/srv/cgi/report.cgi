#!/bin/bash
# Hits per page of the last requests.
printf 'Content-Type: text/plain\n\n'
tail -n 200 /var/log/nginx/access.log 2>/dev/null | awk '{print $7}' | sort | uniq -c | sort -rn | head -n 10
