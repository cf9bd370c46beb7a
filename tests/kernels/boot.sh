#!/bin/busybox sh
# The first program of a virtual machine: it sees the file system of the machine around it, keeps what it changes of it in
# memory, and goes on with guest.sh there. The kernel's command line says where that is (see tests/src/guest.rs).
b=/bin/busybox
while read -r module; do $b insmod "/modules/$module"; done </modules/order
$b mkdir -p /proc /sys /dev /below /above /root
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev
if $b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 root /below \
    && $b mount -t tmpfs tmpfs /above && $b mkdir /above/upper /above/work \
    && $b mount -t overlay -o lowerdir=/below,upperdir=/above/upper,workdir=/above/work overlay /root; then
    for directory in proc sys dev; do $b mount --move /$directory /root/$directory; done
    guest=$($b sed -n 's/.*guest=\([^ ]*\).*/\1/p' /root/proc/cmdline | $b base64 -d)
    exec $b switch_root /root /bin/sh "$guest"
fi
$b poweroff -f
