#!/usr/bin/env bash
# test-e2e.sh [--local | --stack]: the service and three agents, end to end, in twelve steps that each prove something. With
# a Docker engine as containers; with --local as plain processes. --stack tries docker-compose.yml instead: the service
# and its dashboard. docs/end-to-end.md tells what happens.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Whoever has just built must not have the page built under the hands of those who read it.
[ -n "${IS_BUILT:-}" ] || bash scripts/setup.sh >&2
if [[ " $* " == *" --local "* ]]; then bash scripts/real-agents.sh >&2; fi
if [[ " $* " == *" --stack "* ]]; then exec node test-containers/e2e/dist/stack.js; fi
exec node test-containers/e2e/dist/main.js "$@"
