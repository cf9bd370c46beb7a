#!/bin/sh
# In a virtual machine, once the file system of the machine around it is there: starts a Docker engine on control groups
# v2, runs a command, says what it ended with, and turns the machine off. The kernel's command line has the directory of
# the kernel and the command, in base64 (see tests/src/guest.rs).
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
word() { sed -n "s/.*$1=\([^ ]*\).*/\1/p" /proc/cmdline | base64 -d; }
kernel=$(word kernel)
command=$(word command)
mkdir -p /lib/modules /var/lib/docker /dev/shm /dev/pts
mount --bind "$kernel/lib/modules" /lib/modules
for directory in /run /tmp /dev/shm /var/lib/docker; do mount -t tmpfs tmpfs "$directory"; done
mount -t devpts devpts /dev/pts
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
dockerd >/run/dockerd.log 2>&1 &
until docker -H unix:///var/run/docker.sock version >/dev/null 2>&1; do
    kill -0 $! || { cat /run/dockerd.log; break; }
    sleep 0.2
done
sh -c "$command"
echo "guest: ended with $?"
poweroff -f 2>/dev/null || busybox poweroff -f
