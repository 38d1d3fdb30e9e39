#!/usr/bin/env bash
# Builds, installs the load generator if it is missing, and measures. Options go to bench/main.mjs:
#   --only <name> (repeatable), --rounds <n>, --markdown, --live-seconds <n>
set -euo pipefail
cd "$(dirname "$0")/.."

need() {
  local missing=()
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] || { echo "bench: install ${missing[*]} first, or run as root" >&2; exit 1; }
  echo "bench: installing ${missing[*]}" >&2
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

need wrk curl chromium
[ -d node_modules ] || npm ci --no-audit --no-fund >&2
npm run --silent build >&2
exec node "${BENCH_MAIN:-bench/main.mjs}" "$@"
