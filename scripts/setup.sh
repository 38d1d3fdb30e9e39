#!/usr/bin/env bash
# Installs the npm packages and builds. Running it again does only what is out of date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v node >/dev/null; then
  echo "setup: Node.js 20.19 or newer is needed, and there is no node in PATH" >&2
  exit 1
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
  echo "setup: Node.js 20.19 or newer is needed, this is $(node --version)" >&2
  exit 1
fi

# npm writes node_modules/.package-lock.json last, so an interrupted install is done again.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "setup: npm ci"
  npm ci --no-audit --no-fund
fi

echo "setup: npm run build"
npm run --silent build
