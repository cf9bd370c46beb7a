#!/bin/sh
# Installs what Plumbline needs to be built, demonstrated and tested on Debian, and nothing that is there.
#
#   deploy/setup.sh build        a C compiler for the linker, clang and libbpf's headers for the eBPF programs
#   deploy/setup.sh bench        the tracers that the benchmark runs beside the collector
#   deploy/setup.sh containers   a Docker engine and the static busybox that test images are made of
#   deploy/setup.sh lab          what makes the smallest Debian that the lab's images begin with, and a terminal for it
#   deploy/setup.sh python       Python with virtual environments, for the client in tests/python, and for detectors from
#                                PyPI that ours is compared with
#   deploy/setup.sh browser      Chromium and its driver, for the test of the console
#   deploy/setup.sh runtimes     Podman, runc and CNI plugins, for the tests against other runtimes than Docker
#   deploy/setup.sh kernels      QEMU and what unpacks kernels, for the tests on other kernels than this machine's
#   deploy/setup.sh sinks        rsyslog, Prometheus' Alertmanager and nats-server, which alerts are sent to in tests
#   deploy/setup.sh policies     sysdig, whose filters are Falco's, and AppArmor's parser, for the tests of `intent convert`
#   deploy/setup.sh shells       zsh and fish, which complete, and man and mandoc, which read the manual, in tests of the tool
#   deploy/setup.sh dashboards   Prometheus with promtool, and amtool, for the tests of dashboards and rules
#
# Without root it installs nothing and says what it would have.
set -eu

missing=""
need() { # need COMMAND-OR-FILE PACKAGE
    case "$1" in
        /*) [ -e "$1" ] || missing="$missing $2" ;;
        *) command -v "$1" >/dev/null 2>&1 || missing="$missing $2" ;;
    esac
}

for part in "$@"; do
    case "$part" in
        build)
            need cc gcc
            need /usr/include/stdio.h libc6-dev
            need clang clang
            need llvm-strip llvm
            need /usr/include/bpf/bpf_helpers.h libbpf-dev
            ;;
        containers)
            need dockerd docker.io
            need iptables iptables
            need /bin/busybox busybox-static
            ;;
        bench)
            need auditctl auditd
            need bpftrace bpftrace
            ;;
        python)
            need python3 python3
            python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
            ;;
        lab)
            need debootstrap debootstrap
            need script bsdutils
            ;;
        browser)
            need chromium chromium
            need chromedriver chromium-driver
            ;;
        runtimes)
            need podman podman
            need runc runc
            need containerd containerd
            need /usr/lib/cni/bridge containernetworking-plugins
            ;;
        kernels)
            need qemu-system-x86_64 qemu-system-x86
            need curl curl
            need cpio cpio
            need modprobe kmod
            need unxz xz-utils
            need unzstd zstd
            ;;
        sinks)
            need /usr/sbin/rsyslogd rsyslog
            need "/usr/lib/$(uname -m)-linux-gnu/rsyslog/lmnsd_ossl.so" rsyslog-openssl
            need prometheus-alertmanager prometheus-alertmanager
            need /usr/sbin/nats-server nats-server
            ;;
        policies)
            need sysdig sysdig
            need /sbin/apparmor_parser apparmor
            ;;
        shells)
            need zsh zsh
            need fish fish
            need man man-db
            need mandoc mandoc
            ;;
        dashboards)
            need prometheus prometheus
            need amtool prometheus-alertmanager
            ;;
        *)
            echo "setup: unknown part '$part'; use build, containers, runtimes, kernels, browser, dashboards, policies, shells, lab, python, sinks or bench" >&2
            exit 64
            ;;
    esac
done

if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: no cargo; install Rust 1.91 or later from https://rustup.rs and come back" >&2
    exit 69
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: missing:$missing; to install them: sudo apt-get install$missing" >&2
    exit 0
fi
echo "setup: installing$missing"
case "$missing " in *" prometheus "*|*" nats-server "*)
    # Of these only the program is wanted; Debian would start their services at once, and at each boot.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    ;;
esac
apt-get update -qq
# shellcheck disable=SC2086 # a list of packages
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
for service in prometheus nats-server; do
    case "$missing " in *" $service "*)
        if command -v systemctl >/dev/null 2>&1; then systemctl disable --quiet "$service" || true; fi
        ;;
    esac
done
