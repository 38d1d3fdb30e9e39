#!/usr/bin/env bash
# npm test: everything, from a bare clone. Installs, builds, checks, then runs the unit and integration
# tests, those with real command-line agents and in a browser, the fault tests, the twelve REST checks, and three agents
# end to end, as processes and as containers. Needs root on Debian: faults are made with loop mounts, tmpfs and strace,
# and a Docker engine is installed where there is none. What waits for a network, a disk or a browser runs beside what
# computes, in lanes of its own, and is shown when its turn comes. The last line is "N passed, N failed"; before it
# stands what failed and why, as far as fits into some 30 lines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
output=.test-output
started=$SECONDS passed=0 failed=0
failures=() timings=() reasons="" ended=""
declare -A lanes=()

finish() {
  local code=$? lane
  # With all that they have started: containers, say, which take their time.
  for lane in "${lanes[@]}"; do kill -- -"$lane" 2>/dev/null || true; done
  for lane in "${lanes[@]}"; do
    for _ in $(seq 300); do kill -0 -- -"$lane" 2>/dev/null || break; sleep 0.1; done
  done
  printf '\n'
  [ ${#timings[@]} -eq 0 ] || printf '%s\n' "${timings[@]}"
  [ -z "$reasons" ] || printf '\n%s\n\n' "$(head -n 30 <<<"$reasons")"
  [ ${#failures[@]} -eq 0 ] || printf 'FAILED  %s\n' "${failures[@]}"
  # Stopped before its end, by a signal too: whatever was not run must not read as a pass.
  [ -n "$ended" ] || [ "$code" -ne 0 ] || code=1
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
  local took=$((SECONDS - from))
  [ ! -e "$output/$report.seconds" ] || took=$(cat "$output/$report.seconds")
  timings+=("$(printf '%5d s  %s: %d passed, %d failed' "$took" "$name" "$good" "$bad")")
}

# Keeps the names of a report's failed tests and the first lines of each error, or else the end of what was printed.
fail() {
  local name=$1 kind=$2 report=$3 why
  failures+=("$name")
  why=$("failed_$kind" "$report" 2>/dev/null || true)
  reasons+=${why:-$(tail -n 20 "$output/$report.log")}$'\n'
}

# lane NAME COMMAND...: starts in the background, as a group of processes.
lane() {
  local name=$1
  shift
  set -m
  "$@" </dev/null >"$output/$name.lane" 2>&1 &
  lanes[$name]=$!
  set +m
}

# beside REPORT COMMAND...: runs in a lane what a later stage is to show with `joined LANE REPORT`.
beside() {
  local report=$1 from=$SECONDS code=0
  shift
  "$@" >"$output/$report.out" 2>&1 || code=$?
  echo "$((SECONDS - from))" >"$output/$report.seconds"
  echo "$code" >"$output/$report.code.new"
  mv "$output/$report.code.new" "$output/$report.code"
}

joined() {
  local lane=${lanes[$1]} report=$2
  until [ -e "$output/$report.code" ] || ! kill -0 "$lane" 2>/dev/null; do sleep 0.2; done
  cat "$output/$report.out" || cat "$output/$1.lane"
  return "$(cat "$output/$report.code" || echo 1)"
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
  # An engine, and what base images that cannot be pulled are built with; a lane must not install at the same time.
  if ! docker version >/dev/null 2>&1; then
    command -v dockerd >/dev/null || missing+=(docker.io)
    command -v debootstrap >/dev/null || missing+=(debootstrap)
  fi
  [ ${#missing[@]} -gt 0 ] || { echo "all there"; return; }
  echo "apt-get install ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
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
rm -f "$output"/*.{log,out,code,seconds,lane}
# What follows builds nothing anew.
export IS_BUILT=1

npm_packages() {
  beside setup bash scripts/setup.sh
  beside real-agents bash scripts/real-agents.sh
}
in_python() {
  beside python-environment bash scripts/python.sh --version
  beside python-check python_check
  joined npm setup >/dev/null
  beside python python_tests
}
waiting() {
  joined npm real-agents >/dev/null
  beside end-to-end-containers bash scripts/with-docker.sh bash -c containers
  beside agents vitest agents --config test-agents/vitest.config.ts
  beside browser vitest browser --config test-browser/vitest.config.ts
}

lane npm npm_packages
stage "Debian packages" install_packages
lane in-python in_python
stage "install and build" joined npm setup
lane waiting waiting
lane lint beside lint npm run --silent check:lint
stage "types and format" npm run --silent check:rest
stage "lint, beside the others" joined lint lint
stage "real agents, beside the others" joined npm real-agents
stage "Python environment, beside the others" joined in-python python-environment
stage "types, lint, format of Python, beside the others" joined in-python python-check
tests "unit and integration tests" vitest unit vitest unit
tests "tests of the Python package, beside the others" python python joined in-python python
tests "fault tests" vitest faults vitest faults --config vitest.faults.config.ts
tests "REST checks" checks checks rest_checks
tests "end to end, as processes" checks end-to-end-local bash scripts/test-e2e.sh --local
tests "end to end, as containers, beside the others" checks end-to-end-containers joined waiting end-to-end-containers
tests "tests with real agents, beside the others" vitest agents joined waiting agents
tests "tests in a browser, beside the others" vitest browser joined waiting browser
ended=1
[ "$failed" -eq 0 ]
