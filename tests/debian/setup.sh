#!/bin/sh
# Fetches Dockerfiles, Compose files and manifests of Kubernetes that people wrote for their own ends, in target/debian: what
# some of Debian's packages bring along (2 MB, unpacked and not installed). cli/tests/debian.rs reads them.
#
# Where they can't be had this says so and leaves nothing; the tests that need them are then listed as ignored.
set -eu

cd "$(dirname "$0")/../.."
home=target/debian
packages="charliecloud-doc due golang-github-openshift-imagebuilder-dev golang-github-smallstep-certificates-dev
golang-k8s-sigs-structured-merge-diff-dev node-ldapjs patroni podman-compose python3-hug-doc python3-locust
python3-rally-openstack r-cran-rdflib ruby-jaeger-client whalebuilder"
missing() {
    rm -rf "$home"
    echo "tests/debian/setup.sh: $1; \`intent from\` is not tried on files of Debian" >&2
    exit 0
}

[ ! -e "$home/done" ] || exit 0
command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || missing "this is no Debian"
rm -rf "$home"
mkdir -p "$home"
# Each by itself: a release of Debian may lack one. A name without its version is what the tests look for.
fetch() {
    for package in $packages; do
        (cd "$home" && apt-get download -qq -o APT::Sandbox::User=root "$package" 2>/dev/null) || continue
        dpkg-deb --extract "$home/$package"_*.deb "$home/$package"
        rm "$home/$package"_*.deb
    done
    [ -n "$(ls "$home")" ]
}
fetch || { apt-get update -qq 2>/dev/null && fetch; } || missing "none of the packages can be had"
: >"$home/done"
