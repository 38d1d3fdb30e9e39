#!/usr/bin/env bash
# The real command-line agents that tests run, in test-agents: some 930 MB, so installed only where what is there is not
# what the lock file says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../test-agents"
installed=node_modules/.installed
! cmp -s package-lock.json "$installed" || { echo "real agents: all there"; exit 0; }
npm ci --no-audit --no-fund --loglevel=error
cp package-lock.json "$installed"
