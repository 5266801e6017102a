#!/usr/bin/env bash
# Installs what the laboratory needs on Debian and Ubuntu: a C compiler, FUSE, and the tools of the filesystems.
set -euo pipefail
packages=(gcc libc6-dev linux-libc-dev libfuse3-dev fuse3 pkg-config e2fsprogs xfsprogs btrfs-progs util-linux)
# Nothing is downloaded where everything is there.
state=$(dpkg-query --show --showformat='${db:Status-Status}\n' "${packages[@]}" 2>&1 | sort -u)
if [ "$state" = installed ]; then exit 0; fi
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"
