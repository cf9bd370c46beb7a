#!/bin/sh
# Looks around, as the well-known scripts do.
id; uname -a; cat /etc/os-release | head -n 1
ps aux | head -n 5
find / -xdev -perm -4000 -type f 2>/dev/null | head
cat /proc/1/status | grep Cap
mount | head -n 3
ls -la /root /home /tmp 2>/dev/null
env | sort | head
find /etc -name '*.conf' 2>/dev/null | xargs grep -l -i password 2>/dev/null | head -n 3
