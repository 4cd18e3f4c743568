# What judges with real parts share: JUDGE IMGOPS sources this first. It runs again as root of a mount
# namespace of its own, in an empty directory that goes with it; what it starts it ends. A part that
# is missing or does not start is skipped by name. Only differences fail.
set -u
imgops=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
skipped_all=77

if [ "$(id -u)" != 0 ]; then
  echo "skipped: not root"
  exit $skipped_all
fi
if [ "${IMGOPS_ORACLE_MOUNTS:-}" != private ]; then
  unshare -m true 2>/dev/null || { echo "skipped: no mount namespaces"; exit $skipped_all; }
  IMGOPS_ORACLE_MOUNTS=private exec unshare -m --propagation private "$0" "$@"
fi

failures=0
judges=0
pids=()

finish() {
  local pid
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || continue
    waits_for 10 ended "$pid" || kill -9 "$pid"
    wait "$pid" 2>/dev/null
  done
}
ended() { ! kill -0 "$1"; }
trap finish EXIT

# These mounts are seen and kept by this process and its children alone. Sockets want short names.
own=/mnt
mount -t tmpfs -o mode=0755 oracle $own && mount -t tmpfs -o mode=0755 oracle /run ||
  { echo "skipped: no tmpfs"; exit $skipped_all; }
cd $own || exit 1
export HOME=$own TMPDIR=$own XDG_CACHE_HOME=$own/cache IMGOPS_LAYOUT=$own/lay
umask 022
# dockerd and containerd are to read gzip by Go, as most machines have them, though pigz is here.
export MOBY_DISABLE_PIGZ=1 CONTAINERD_DISABLE_PIGZ=1

skipped() { echo "skipped: $1: $2"; }
agrees() { echo "agrees: $*"; judges=$((judges + 1)); }
differs() { echo "differs: $*"; failures=$((failures + 1)); }
has() { command -v "$1" >/dev/null 2>&1; }
last_line() { tail -n 1 "$1" | cut -c1-200; }

# waits_for SECONDS COMMAND…: until the command succeeds.
waits_for() {
  local tries=$(($1 * 5))
  shift
  while [ $tries -gt 0 ]; do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
    tries=$((tries - 1))
  done
  return 1
}

start_docker() {
  local driver
  for driver in overlay2 vfs; do
    mkdir -p "dock-$driver"
    dockerd --data-root "$own/dock-$driver/data" --exec-root "$own/dock-$driver/exec" \
      --pidfile "$own/dock-$driver/pid" -H "unix://$own/dock-$driver/sock" --iptables=false \
      --ip6tables=false --bridge=none --storage-driver=$driver >dockerd.log 2>&1 &
    pids+=($!)
    docker="docker -H unix://$own/dock-$driver/sock"
    waits_for 15 $docker version && return 0
    kill "${pids[-1]}" 2>/dev/null
  done
  return 1
}

# A containerd of its own, spoken to by $ctr.
start_containerd() {
  mkdir -p ctrd
  cat >ctrd/config.toml <<END_OF_SETTINGS
version = 2
root = "$own/ctrd/root"
state = "$own/ctrd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$own/ctrd/sock"
[ttrpc]
  address = "$own/ctrd/ttrpc"
END_OF_SETTINGS
  containerd -c ctrd/config.toml >containerd.log 2>&1 &
  pids+=($!)
  ctr="ctr -a $own/ctrd/sock -n oracle"
  waits_for 15 test -S ctrd/sock && waits_for 10 $ctr version
}

versions() {
  local part
  for part in "$@"; do
    has $part && $part --version 2>/dev/null | head -n 1
  done
}

# verdict NAME: the end.
verdict() {
  echo "$1: $judges agree, $failures differ"
  [ $failures = 0 ] || exit 1
  [ $judges -gt 0 ] || exit $skipped_all
  exit 0
}

# A line a node: what a client could get wrong. The root belongs to the client. Names of one file are
# told by the first of them: link counts of overlay are those of the layer below.
listing() {
  (cd "$1" && find . -mindepth 1 -printf '%p %i %y %m %U:%G %T@ %l\n' | LC_ALL=C sort |
    awk '{ if (!($2 in first)) first[$2] = $1; $2 = first[$2]; print }')
}
same_tree() {
  # diff takes any two pipes for different; the listing tells them.
  diff -r --no-dereference "$2" "$3" 2>&1 | grep -v "is a fifo while file .* is a fifo$" >tree.diff
  diff <(listing "$2") <(listing "$3") >>tree.diff 2>&1
  if [ ! -s tree.diff ]; then agrees "$1"; else differs "$1"; head -n 20 tree.diff; fi
}
