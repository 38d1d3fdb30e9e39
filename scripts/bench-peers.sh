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

# The machine's own package sources with the suite's name swapped, in folders that go again.
fetch_from_trixie() {
  local scratch codename
  scratch=$(mktemp -d)
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mkdir -p "$scratch"/{sources,lists,cache/archives/partial,empty}
  for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian*.{list,sources}; do
    if [ -f "$list" ]; then sed "s/\b$codename/trixie/g" "$list" >"$scratch/sources/$(basename "$list")"; fi
  done
  local options=(-o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$scratch/sources"
    -o "Dir::State::lists=$scratch/lists" -o "Dir::Cache=$scratch/cache" -o "Dir::Etc::preferencesparts=$scratch/empty")
  apt-get "${options[@]}" update -qq >&2
  (cd "$scratch" && apt-get "${options[@]}" download -qq nats-server >&2)
  mkdir -p "$NATS_FOLDER"
  dpkg -x "$scratch"/nats-server_*.deb "$NATS_FOLDER"
  rm -rf "$scratch"
}

NATS_SERVER=nats-server
if ! new_enough "$NATS_SERVER"; then
  NATS_SERVER="$NATS_FOLDER/usr/sbin/nats-server"
  if ! new_enough "$NATS_SERVER"; then
    echo "bench: fetching nats-server" >&2
    fetch_from_trixie
  fi
fi
export NATS_SERVER
new_enough "$NATS_SERVER" || { echo "bench: nats-server 2.10 or newer is needed" >&2; exit 1; }

npm install --prefix bench/peers --no-package-lock --no-audit --no-fund --silent >&2
BENCH_MAIN=bench/peers/main.mjs exec bash scripts/bench.sh "$@"
