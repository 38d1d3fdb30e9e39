#!/usr/bin/env bash
# Runs Python in an environment that has the hook agent for Python, what its tests need, and what the agent in
# test-containers needs, in .test-output: made at the first call, renewed where it is out of date.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
package=$root/container-hook-agent-python
office=$root/test-containers/fly_achensee_customer/requirements.txt
environment=$root/.test-output/python
stamp=$environment/installed

is_current() {
  [ -e "$stamp" ] && [ -z "$(find "$package/src" "$package/pyproject.toml" "$package/hatch_build.py" \
    "$root/session-protocol/redaction" "$office" -newer "$stamp" -print -quit)" ]
}

install() {
  local started
  started=$(mktemp)
  if [ ! -x "$environment/bin/pip" ]; then
    rm -rf "$environment"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
      echo "python: 3.10 or newer is needed, this is $(python3 --version)" >&2
      return 1
    }
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check hatchling
  fi
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-build-isolation "$package[test]" -r "$office"
  # As old as the beginning: what changed meanwhile is newer.
  mv "$started" "$stamp"
}

if ! is_current; then
  mkdir -p "$root/.test-output"
  {
    flock 9
    is_current || install >&2
  } 9>"$environment.lock"
fi
exec "$environment/bin/python" "$@"
