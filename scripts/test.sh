#!/usr/bin/env bash
# npm test: everything, from a bare clone. Installs, builds, checks, then runs the unit and integration
# tests, those with real command-line agents and in a browser, the fault tests, the twelve REST checks, and three agents
# end to end, as processes and as containers. Needs root on Debian: faults are made with loop mounts, tmpfs and strace,
# and a Docker engine is installed where there is none. The last line is "N passed, N failed"; before it stands what
# failed and why, as far as fits into some 30 lines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=.test-output
started=$SECONDS passed=0 failed=0
failures=() timings=() reasons="" background=""

finish() {
  local code=$?
  [ -z "$background" ] || kill "$background" 2>/dev/null || true
  printf '\n'
  [ ${#timings[@]} -eq 0 ] || printf '%s\n' "${timings[@]}"
  [ -z "$reasons" ] || printf '\n%s\n\n' "$(head -n 30 <<<"$reasons")"
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
  if ! "$@" 2>&1 | tee "$output/stage.log"; then
    failures+=("$name")
    failed=$((failed + 1))
    reasons+=$(tail -n 20 "$output/stage.log")
    return 1
  fi
  timings+=("$(printf '%5d s  %s' $((SECONDS - from)) "$name")")
}

# tests NAME KIND REPORT COMMAND...: adds up what count_KIND says of the report; the run goes on after a failure.
tests() {
  local name=$1 kind=$2 report=$3 from=$SECONDS code=0 good=0 bad=0
  shift 3
  printf '\n==> %s\n' "$name"
  "$@" 2>&1 | tee "$output/$report.log" || code=$?
  read -r good bad < <("count_$kind" "$report")
  [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  passed=$((passed + good)) failed=$((failed + bad))
  [ "$bad" -eq 0 ] || fail "$name" "$kind" "$report"
  timings+=("$(printf '%5d s  %s: %d passed, %d failed' $((SECONDS - from)) "$name" "$good" "$bad")")
}

# Keeps the names of a report's failed tests and the first lines of each error, or else the end of what was printed.
fail() {
  local name=$1 kind=$2 report=$3 why
  failures+=("$name")
  why=$("failed_$kind" "$report" 2>/dev/null || true)
  reasons+=${why:-$(tail -n 20 "$output/$report.log")}$'\n'
}

# beside REPORT COMMAND...: starts in the background what a later stage is to show with `joined REPORT`.
beside() {
  local report=$1
  shift
  {
    code=0
    "$@" || code=$?
    echo "$code" >"$output/$report.code"
  } >"$output/$report.out" 2>&1 &
  background=$!
}

joined() {
  tail -n +1 -f --pid="$background" "$output/$1.out"
  return "$(cat "$output/$1.code")"
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

# install_outside FOLDER: packages that only tests need. The real command-line agents are some 930 MB, so only
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

count_vitest() {
  if [ -s "$output/$1.json" ]; then
    jq -r '"\(.numPassedTests) \(.numTotalTests - .numPassedTests)"' "$output/$1.json"
  else
    echo "0 1"
  fi
}
failed_vitest() {
  jq -r '
    def brief: gsub("\u001b\\[[0-9;]*m"; "") | split("\n") | map(select(. != "")) | .[:4] | map("    " + .[:160]) | join("\n");
    .testResults[] | (.name | sub(".*/"; "")) as $file
    | (select(.status == "failed" and (.message // "") != "") | "\($file)\n\(.message | brief)"),
      (.assertionResults[] | select(.status == "failed")
        | "\($file) > \(.fullName)\n\(.failureMessages[0] // "" | brief)")
  ' "$output/$1.json"
}
count_checks() { awk '/^ *[0-9]+\/[0-9]+ .*ok$/ { good++ } /^ *[0-9]+\/[0-9]+ .*FAILED/ { bad++ } END { print good + 0, bad + 0 }' "$output/$1.log"; }
failed_checks() { grep -A 12 FAILED "$output/$1.log"; }

python_check() {
  local python=$PWD/scripts/python.sh package
  for package in container-hook-agent-python test-containers/fly_achensee_customer; do
    (
      cd "$package" &&
        bash "$python" -m ruff check && bash "$python" -m ruff format --check && bash "$python" -m mypy
    ) || return 1
  done
}
python_tests() {
  rm -f "$output/python.xml"
  (cd container-hook-agent-python && bash ../scripts/python.sh -m pytest --junit-xml="../$output/python.xml")
}
count_python() { read_python counts; }
failed_python() { read_python failures; }
read_python() {
  python3 - "$output/python.xml" "$1" <<'PYTHON' 2>/dev/null || echo "0 1"
import sys
from xml.etree import ElementTree
suite = ElementTree.parse(sys.argv[1]).find("testsuite")
total, *bad = (int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped"))
if sys.argv[2] == "counts":
    print(total - sum(bad), sum(bad))
else:
    for case in suite.iter("testcase"):
        for wrong in (*case.findall("failure"), *case.findall("error")):
            print(f"{case.attrib['classname']} > {case.attrib['name']}")
            print(*(f"    {line[:160]}" for line in wrong.attrib["message"].splitlines()[:4]), sep="\n")
PYTHON
}

# In a shell of its own, so that the service goes with it.
rest_checks() (
  log=$output/service.log data=$(mktemp -d) address="" code=0
  PORT=0 DATA_DIR=$data node session-storage-service/dist/main.js >"$log" 2>&1 &
  service=$!
  trap 'kill -9 "$service" 2>/dev/null || true; rm -rf "$data"' EXIT
  for _ in $(seq 600); do
    address=$(jq -rR 'fromjson? | select(.msg == "listening") | "http://\(.host):\(.port)"' "$log")
    [ -z "$address" ] || break
    sleep 0.1
  done
  [ -n "$address" ] || { echo "the service did not start:"; cat "$log"; exit 1; }
  bash scripts/test-session-storage.sh "$address" || code=$?
  kill -TERM "$service"
  wait "$service" || { echo "the service ended with $? after SIGTERM"; code=1; }
  exit "$code"
)

# One engine and its images for both.
containers() { bash scripts/test-e2e.sh && bash scripts/test-e2e.sh --stack; }
export -f containers
# The scripted model, whatever key there is: what is asserted is what it says.
unset ANTHROPIC_API_KEY

if [ "$(id -u)" -ne 0 ]; then
  echo "npm test needs root: it mounts loop devices and tmpfs, and installs Debian packages." >&2
  echo "Without root: bash scripts/setup.sh && npm run check && npx vitest run" >&2
  exit 1
fi
mkdir -p "$output"
rm -f "$output"/*.{log,out,code}

stage "Debian packages" install_packages
stage "install and build" bash scripts/setup.sh
stage "real agents" install_outside test-agents
beside lint npm run --silent check:lint
stage "types and format" npm run --silent check:rest
stage "Python environment" bash scripts/python.sh --version
stage "types, lint, format of Python" python_check
stage "lint, beside the others" joined lint
tests "unit and integration tests" vitest unit vitest unit
beside agents vitest agents --config test-agents/vitest.config.ts
tests "tests of the Python package" python python python_tests
tests "tests with real agents, beside them" vitest agents joined agents
tests "tests in a browser" vitest browser vitest browser --config test-browser/vitest.config.ts
tests "fault tests" vitest faults vitest faults --config vitest.faults.config.ts
tests "REST checks" checks checks rest_checks
tests "end to end, as processes" checks end-to-end-local bash scripts/test-e2e.sh --local
tests "end to end, as containers" checks end-to-end-containers bash scripts/with-docker.sh bash -c containers
[ "$failed" -eq 0 ]
