#!/bin/sh
# Installs the Debian packages named, as root or with sudo.
#     tools/apt-install.sh PACKAGE...
set -eu

apt() {
    set -- env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@"
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Package lists are fetched when there are none, or when those there are do not serve.
if [ -n "$(find /var/lib/apt/lists -name '*_Packages*' 2>/dev/null | head -n 1)" ]; then
    apt install -y --no-install-recommends "$@" && exit
fi
apt update
apt install -y --no-install-recommends "$@"
