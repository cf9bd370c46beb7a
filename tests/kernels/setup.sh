#!/bin/sh
# Fetches kernels that the collector is tested on beside this machine's, in target/kernels: Linux as Ubuntu and Debian
# build it, with what a Docker engine needs of its modules, and a first file system to boot it from (boot.sh).
#
#   tests/kernels/setup.sh NAME...   5.15 and 6.8 from Ubuntu (33 and 53 MB), 6.1 and 6.12 from Debian (70 and 107 MB)
#
# Where one can't be had this says so; its test is then not listed.
set -eu

cd "$(dirname "$0")/../.."
root=$(pwd)
ubuntu=http://archive.ubuntu.com/ubuntu/pool/main/l
say() { echo "tests/kernels/setup.sh: $1; the collector is not tested on $2" >&2; }

# Ubuntu's are of its releases' first day, which stay where they are: a path below the pool, and what it must be.
from_ubuntu() {
    for package in "$@"; do
        file=${package#*:}
        curl --fail --silent --show-error --location --remote-name "$ubuntu/$file" \
            && echo "${package%%:*}  ${file##*/}" | sha256sum --check --quiet || return 1
    done
}

# Debian's change: whatever its own meta-packages need today of a version, which apt checks.
from_debian() {
    package=$(apt-cache depends linux-image-amd64 "linux-image-$1-amd64" 2>/dev/null \
        | sed -n "s/^ *Depends: \(linux-image-$1\.[0-9].*\)\$/\1/p" | head -n 1)
    [ -n "$package" ] && apt-get download -qq -o APT::Sandbox::User=root "$package"
}

fetch() {
    case "$1" in
        5.15)
            from_ubuntu \
                ad56f8c442a54d4f5ff2dff010d00321d53e32b543f3a92f3ba4e042d20a71da:linux-signed/linux-image-5.15.0-25-generic_5.15.0-25.25_amd64.deb \
                d0ba4087d9e1d497925b3481d3531fba6c2a852855f8019d73b0b1385aa4da1f:linux/linux-modules-5.15.0-25-generic_5.15.0-25.25_amd64.deb
            ;;
        6.8)
            from_ubuntu \
                fd2ed023c84163e62c73d3b7b613a9b004bd31e335641c23d42bd249e489fbe6:linux-signed/linux-image-6.8.0-31-generic_6.8.0-31.31_amd64.deb \
                3f17f2c279257eb50e40da44390bdf8272c440ca078831c348773d1314b5c2fe:linux/linux-modules-6.8.0-31-generic_6.8.0-31.31_amd64.deb
            ;;
        6.1 | 6.12) from_debian "$1" || { apt-get update -qq && from_debian "$1"; } ;;
        *)
            echo "tests/kernels/setup.sh: unknown kernel '$1'; use 5.15, 6.1, 6.8 or 6.12" >&2
            exit 64
            ;;
    esac
}

# What a Docker engine and the shared file system need, uncompressed, so that any insmod can load it.
prune() { # prune DIRECTORY-OF-MODULES
    (
        cd "$1/kernel"
        find . -type f ! -path './net/*' ! -path './lib/*' ! -path './crypto/*' ! -path './arch/*' ! -path './fs/9p/*' \
            ! -path './fs/netfs/*' ! -path './fs/fscache/*' ! -path './fs/overlayfs/*' ! -path './drivers/virtio/*' \
            ! -name 'veth.ko*' ! -name 'dummy.ko*' -delete
        find . -name '*.ko.xz' -exec unxz {} +
        find . -name '*.ko.zst' -exec unzstd --quiet --rm {} +
    )
}

# A first file system in memory: what is needed to see this machine's, and the program that goes on from there.
first_file_system() { # first_file_system HOME VERSION
    first=$(mktemp -d)
    mkdir "$first/bin" "$first/modules"
    cp /bin/busybox "$first/bin/"
    cp tests/kernels/boot.sh "$first/init"
    modprobe --dirname "$1" --set-version "$2" --show-depends --all virtio_pci 9pnet_virtio 9p overlay 2>/dev/null \
        | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r module; do
            cp "$module" "$first/modules/"
            basename "$module" >>"$first/modules/order"
        done
    (cd "$first" && find . | cpio --quiet --create --format newc | gzip) >"$1/boot.gz"
    rm -rf "$first"
}

[ "$(uname -m)" = x86_64 ] || { say "not on $(uname -m)" "other kernels"; exit 0; }
for program in curl cpio modprobe depmod unxz unzstd dpkg-deb qemu-system-x86_64 /bin/busybox; do
    command -v "$program" >/dev/null 2>&1 || { say "no $program" "other kernels"; exit 0; }
done
for name in "$@"; do
    home=$root/target/kernels/$name
    [ ! -e "$home/boot.gz" ] || [ tests/kernels/boot.sh -nt "$home/boot.gz" ] || continue
    rm -rf "$home"
    mkdir -p "$home/fetched"
    if ! (cd "$home/fetched" && fetch "$name"); then
        rm -rf "$home"
        say "can't fetch it" "Linux $name"
        continue
    fi
    for package in "$home"/fetched/*.deb; do dpkg-deb --extract "$package" "$home"; done
    mv "$home"/boot/vmlinuz-* "$home/vmlinuz"
    version=$(basename "$home"/lib/modules/*)
    prune "$home/lib/modules/$version"
    depmod --basedir "$home" "$version"
    rm -rf "$home/fetched" "$home/boot" "$home/usr"
    first_file_system "$home" "$version"
done
