# Real Debian trees for judges: sourced behind judging.sh. The mirrors are those this machine uses.

# `mirror SUITE` is the first that has the suite.
mirror() {
  apt-get indextargets --format '$(SITE) $(RELEASE)' 2>/dev/null |
    awk -v suite="$1" '$2 == suite { print $1; exit }'
}

# inside ROOT COMMAND…: as a build would run it, without services.
inside() {
  local root=$1
  shift
  mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" || return 1
  cp /etc/resolv.conf "$root/etc/resolv.conf.build" 2>/dev/null
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root \
    chroot "$root" sh -c "$*" >>inside.log 2>&1
  local status=$?
  umount "$root/dev" "$root/proc"
  rm -f "$root/etc/resolv.conf.build"
  return $status
}

# A tree above another, to be changed: `above NAME LOWER` mounts it at NAME.
above() {
  mkdir -p "$1" "$1.upper" "$1.work"
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$1.upper,workdir=$1.work" "$1"
}

# What a build leaves behind that is no part of an image.
tidy='rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb'
get="apt-get -qq -o APT::Sandbox::User=root -o Acquire::Languages=none -o Dpkg::Use-Pty=0"

# debian_base ROOT MIRROR PACKAGES: bookworm's smallest tree with these packages, its services off.
debian_base() {
  debootstrap --variant=minbase --include="$3" bookworm "$1" "$2" >debootstrap.log 2>&1 || return 1
  cp -a /etc/apt/apt.conf.d/. "$1/etc/apt/apt.conf.d/"
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 755 "$1/usr/sbin/policy-rc.d"
  rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1/var/log/bootstrap.log"
}

# The package again with a higher version and one file more, as /tmp/later.deb, on days when the mirrors
# have one only.
newer='cd /tmp && apt-get download -o APT::Sandbox::User=root libssl3 && dpkg-deb -R libssl3_*.deb made &&
  sed -i "s/^Version: .*/&+later1/" made/DEBIAN/control && echo later >made/usr/share/doc/libssl3/later &&
  (cd made && find usr -type f -exec md5sum {} + >DEBIAN/md5sums) && dpkg-deb -b made later.deb'

version() { dpkg-query --root="$2" -W -f '${Version}' "$1" 2>/dev/null; }
