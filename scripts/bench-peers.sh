#!/usr/bin/env bash
# Measures the service beside other durable logs. Their packages are installed in bench/peers; a
# nats-server of 2.10 or newer is taken from PATH, else from Debian trixie into .bench/.
# Options: --rounds <n>, --markdown
set -euo pipefail
cd "$(dirname "$0")/.."

NATS_FOLDER="$PWD/.bench/nats-server"

new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+') || return 1
  [ "$(printf '%s\n2.10\n' "$version" | sort -V | head -n 1)" = 2.10 ]
}

NATS_SERVER=nats-server
if ! new_enough "$NATS_SERVER"; then
  NATS_SERVER="$NATS_FOLDER/usr/sbin/nats-server"
  if ! new_enough "$NATS_SERVER"; then
    echo "bench: fetching nats-server" >&2
    bash scripts/from-trixie.sh "$NATS_FOLDER" nats-server
  fi
fi
export NATS_SERVER
new_enough "$NATS_SERVER" || { echo "bench: nats-server 2.10 or newer is needed" >&2; exit 1; }

npm install --prefix bench/peers --no-package-lock --no-audit --no-fund --silent >&2
BENCH_MAIN=bench/peers/main.mjs exec bash scripts/bench.sh "$@"
