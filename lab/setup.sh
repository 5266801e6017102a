#!/usr/bin/env bash
# Installs what the laboratory needs on Debian and Ubuntu: a C compiler, FUSE, and the tools of the filesystems.
set -euo pipefail
packages=(gcc libc6-dev linux-libc-dev libfuse3-dev fuse3 pkg-config e2fsprogs xfsprogs btrfs-progs util-linux)
if dpkg-query --show --showformat='${db:Status-Status}\n' "${packages[@]}" 2>/dev/null | sort -u | grep -qx installed &&
  dpkg-query --show "${packages[@]}" >/dev/null 2>&1; then
  exit 0
fi
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"
