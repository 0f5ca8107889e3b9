#!/usr/bin/env bash
# A real PostgreSQL 17 with pgvector, as root, in about a minute: Debian 13's packages in a chroot, listening on 127.0.0.1.
#   native-postgres.sh start [ROOT] [PORT]     prints the connection URL; safe to call when it runs, and concurrently
#   native-postgres.sh stop  [ROOT]
set -euo pipefail
verb=${1:-start} root=${2:-/opt/edgelore-postgres} port=${3:-5517}
bin=/usr/lib/postgresql/17/bin

install_server() {
  command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap; } >/dev/null
  local mirror partial="$root.partial"
  mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
  # An interrupted bootstrap leaves a tree that looks installed, so only a finished one gets the name.
  rm -rf "$partial"
  debootstrap --variant=minbase --include=postgresql-17,postgresql-17-pgvector trixie "$partial" \
    "${mirror:-http://deb.debian.org/debian}" >/dev/null
  mv "$partial" "$root"
}

in_server() { chroot "$root" su postgres -c "$1"; }

start_server() {
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  if [ ! -s "$root/srv/pg/PG_VERSION" ]; then
    chroot "$root" install -d -o postgres -g postgres /srv/pg
    in_server "$bin/initdb -D /srv/pg -A trust -U postgres" >/dev/null
    printf '%s\n' "listen_addresses='127.0.0.1'" "shared_buffers=$(awk '/MemTotal/ { print int($2 / 4096) }' /proc/meminfo)MB" "maintenance_work_mem=512MB" "max_wal_size=4GB" \
      "max_connections=200" "jit=off" "dynamic_shared_memory_type=mmap" >>"$root/srv/pg/postgresql.conf"
  fi
  in_server "$bin/pg_ctl -D /srv/pg status" >/dev/null ||
    in_server "$bin/pg_ctl -D /srv/pg -l /var/log/postgresql/edgelore.log -o '-p $port' -w start" >/dev/null
}

# Line 4 of the pid file is the port that the server really listens on.
print_url() { echo "postgres://postgres@127.0.0.1:$(sed -n 4p "$root/srv/pg/postmaster.pid")/postgres"; }

mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9
case $verb in
  start)
    [ -x "$root$bin/postgres" ] || { [ ! -e "$root" ] || rmdir "$root"; install_server 9>&-; }
    start_server 9>&-
    print_url ;;
  stop) in_server "$bin/pg_ctl -D /srv/pg -m fast -w stop" >/dev/null ;;
  *) echo "usage: $0 start|stop [ROOT] [PORT]" >&2; exit 2 ;;
esac
