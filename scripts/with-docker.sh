#!/usr/bin/env bash
# with-docker.sh COMMAND...: runs a command where `docker` and `docker compose` work and the base images of this
# repository's Dockerfiles are there. What works already is used as it is. What is missing is made for this one run, as
# root on Debian: the engine is installed and started with a data folder of its own, Compose and buildx are unpacked
# beside it, base images that cannot be pulled are built by base-images.sh. All of it is gone afterwards, but for
# Debian's own packages.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { echo "docker: $*" >&2; }

scratch="" engine=""
clean_up() {
  local code=$?
  trap - EXIT
  if [ -n "$engine" ]; then
    kill "$engine" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$engine" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$engine" 2>/dev/null || true
    # What a container still had mounted, the innermost first.
    awk -v under="$scratch/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r |
      while read -r mount; do umount -l "$mount" || true; done
  fi
  [ -z "$scratch" ] || rm -rf "$scratch"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

needs_root() {
  [ "$(id -u)" -eq 0 ] || { say "$1 is missing; install it, or run this as root on Debian"; exit 1; }
}

start_engine() {
  needs_root "a Docker engine that answers"
  if ! command -v dockerd >/dev/null; then
    say "installing Debian's docker.io"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io >/dev/null
  fi
  export DOCKER_HOST=unix://$scratch/docker.sock
  # A container needs no way out of its network, so that no rule of the machine's firewall is touched.
  setsid dockerd --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge=none \
    --default-address-pool base=10.201.0.0/16,size=24 --data-root "$scratch/data" --exec-root "$scratch/exec" \
    -H "$DOCKER_HOST" --pidfile "$scratch/dockerd.pid" >"$scratch/dockerd.log" 2>&1 &
  engine=$!
  for _ in $(seq 300); do
    ! docker version >/dev/null 2>&1 || { say "started an engine of its own"; return; }
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  say "the engine did not start:"
  tail -n 30 "$scratch/dockerd.log" >&2
  exit 1
}

fetch_plugins() {
  needs_root "Compose v2 or buildx"
  say "fetching Compose and buildx"
  export DOCKER_CONFIG=$scratch/config
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  bash "$root/scripts/from-trixie.sh" "$scratch/plugins" docker-compose docker-buildx
  cp "$scratch"/plugins/usr/libexec/docker/cli-plugins/* "$DOCKER_CONFIG/cli-plugins/"
}

scratch=$(mktemp -d)
docker version >/dev/null 2>&1 || start_engine
{ docker compose version && docker buildx version; } >/dev/null 2>&1 || fetch_plugins
docker compose version >/dev/null
bash "$root/scripts/base-images.sh"
# A build has no other way out of an engine without a bridge.
[ -z "$engine" ] || export BUILD_NETWORK=host
code=0
"$@" || code=$?
exit "$code"
