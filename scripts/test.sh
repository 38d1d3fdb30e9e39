#!/usr/bin/env bash
# npm test: everything, from a bare clone. Installs, builds, checks, then runs the unit and integration
# tests, those with real command-line agents and in a browser, the fault tests and the twelve REST checks. Needs root on
# Debian: faults are made with loop mounts, tmpfs and strace. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=.test-output
started=$SECONDS passed=0 failed=0
failures=() timings=() service_pid="" data=""

finish() {
  local code=$?
  [ -z "$service_pid" ] || kill -9 "$service_pid" 2>/dev/null || true
  [ -z "$data" ] || rm -rf "$data"
  printf '\n'
  [ ${#timings[@]} -eq 0 ] || printf '%s\n' "${timings[@]}"
  [ ${#failures[@]} -eq 0 ] || printf 'FAILED  %s\n' "${failures[@]}"
  # Stopped before its end: whatever was not run must not read as a pass.
  [ "$code" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
  printf '%5d s  in all\n%d passed, %d failed\n' $((SECONDS - started)) "$passed" "$failed"
  exit "$code"
}
trap finish EXIT

# stage NAME COMMAND...: what the build needs stops the run when it fails.
stage() {
  local name=$1 from=$SECONDS
  shift
  printf '\n==> %s\n' "$name"
  if ! "$@"; then
    failures+=("$name")
    failed=$((failed + 1))
    return 1
  fi
  timings+=("$(printf '%5d s  %s' $((SECONDS - from)) "$name")")
}

# tests NAME COUNTER COMMAND...: adds up what COUNTER says was passed and failed; the run goes on after a failure.
tests() {
  local name=$1 counter=$2 from=$SECONDS code=0 good=0 bad=0
  shift 2
  printf '\n==> %s\n' "$name"
  "$@" || code=$?
  read -r good bad < <("$counter")
  [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  passed=$((passed + good)) failed=$((failed + bad))
  [ "$bad" -eq 0 ] || failures+=("$name")
  timings+=("$(printf '%5d s  %s: %d passed, %d failed' $((SECONDS - from)) "$name" "$good" "$bad")")
}

install_packages() {
  local missing=() need command package
  for need in strace:strace jq:jq curl:curl mkfs.ext4:e2fsprogs losetup:mount findmnt:util-linux python3:python3 \
    chromium:chromium; do
    command=${need%%:*} package=${need#*:}
    PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || missing+=("$package")
  done
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || missing+=(faketime)
  [ ${#missing[@]} -gt 0 ] || { echo "all there"; return; }
  echo "apt-get install ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# install_outside FOLDER: packages that only tests need. The real command-line agents are some 400 MB, so only
# where what is installed is not what the lock file says.
install_outside() {
  local lock=$1/package-lock.json installed=$1/node_modules/.installed
  ! cmp -s "$lock" "$installed" || { echo "all there"; return; }
  npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
  cp "$lock" "$installed"
}

vitest() {
  local report=$1
  shift
  rm -f "$output/$report.json"
  npx vitest run --reporter=default --reporter=json --outputFile.json="$output/$report.json" "$@"
}

count() {
  if [ -s "$output/$1.json" ]; then
    jq -r '"\(.numPassedTests) \(.numTotalTests - .numPassedTests)"' "$output/$1.json"
  else
    echo "0 1"
  fi
}
count_tests() { count tests; }
count_faults() { count faults; }
count_agents() { count agents; }
count_browser() { count browser; }
count_checks() { awk '/^ *[0-9]+\/12 .*ok$/ { good++ } /^ *[0-9]+\/12 .*FAILED/ { bad++ } END { print good + 0, bad + 0 }' "$output/checks.log"; }

python_check() {
  local python=../scripts/python.sh
  (
    cd container-hook-agent-python &&
      bash "$python" -m ruff check && bash "$python" -m ruff format --check && bash "$python" -m mypy
  )
}
python_tests() {
  rm -f "$output/python.xml"
  (cd container-hook-agent-python && bash ../scripts/python.sh -m pytest --junit-xml="../$output/python.xml")
}
count_python() {
  python3 - "$output/python.xml" <<'PYTHON' 2>/dev/null || echo "0 1"
import sys
from xml.etree import ElementTree
suite = ElementTree.parse(sys.argv[1]).find("testsuite").attrib
total, *bad = (int(suite[name]) for name in ("tests", "failures", "errors", "skipped"))
print(total - sum(bad), sum(bad))
PYTHON
}

rest_checks() {
  local log=$output/service.log address="" code=0
  data=$(mktemp -d)
  PORT=0 DATA_DIR=$data node session-storage-service/dist/main.js >"$log" 2>&1 &
  service_pid=$!
  for _ in $(seq 600); do
    address=$(jq -rR 'fromjson? | select(.msg == "listening") | "http://\(.host):\(.port)"' "$log")
    [ -z "$address" ] || break
    sleep 0.1
  done
  [ -n "$address" ] || { echo "the service did not start:"; cat "$log"; return 1; }
  bash scripts/test-session-storage.sh "$address" 2>&1 | tee "$output/checks.log" || code=$?
  kill -TERM "$service_pid"
  wait "$service_pid" || { echo "the service ended with $? after SIGTERM"; code=1; }
  service_pid=""
  return "$code"
}

if [ "$(id -u)" -ne 0 ]; then
  echo "npm test needs root: it mounts loop devices and tmpfs, and installs Debian packages." >&2
  echo "Without root: bash scripts/setup.sh && npm run check && npx vitest run" >&2
  exit 1
fi
mkdir -p "$output"
: >"$output/checks.log"

stage "Debian packages" install_packages
stage "install and build" bash scripts/setup.sh
stage "types, lint, format" npm run --silent check
stage "Python environment" bash scripts/python.sh --version
stage "types, lint, format of Python" python_check
stage "real agents" install_outside test-agents
stage "what drives the browser" install_outside test-browser
tests "unit and integration tests" count_tests vitest tests
tests "tests of the Python package" count_python python_tests
tests "tests with real agents" count_agents vitest agents --config test-agents/vitest.config.ts
tests "tests in a browser" count_browser vitest browser --config test-browser/vitest.config.ts
tests "fault tests" count_faults vitest faults --config vitest.faults.config.ts
tests "REST checks" count_checks rest_checks
[ "$failed" -eq 0 ]
